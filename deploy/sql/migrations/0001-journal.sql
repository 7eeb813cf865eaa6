-- The journal. Positions are dense and in the order of commits: they are given under a lock that is held until the commit, so whoever sees a position sees every one below it.

CREATE TABLE journal_records (
    pos bigint PRIMARY KEY,
    stream text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    at timestamptz NOT NULL,
    kind text COLLATE "C" NOT NULL,
    payload bytea NOT NULL,
    prev_hash text COLLATE "C" NOT NULL,
    hash text COLLATE "C" NOT NULL,
    UNIQUE (stream, seq) INCLUDE (pos)
);

-- One row a stream, moved with every append to it: room for updates in place, and vacuumed before it has grown much.
CREATE TABLE journal_heads (
    stream text COLLATE "C" PRIMARY KEY,
    seq bigint NOT NULL,
    hash text COLLATE "C" NOT NULL,
    last_at timestamptz NOT NULL
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500);

CREATE TABLE journal_contents (
    id text COLLATE "C" PRIMARY KEY,
    salt bytea NOT NULL,
    bytes bytea NOT NULL,
    expires timestamptz
);
CREATE INDEX journal_contents_expires ON journal_contents (expires) WHERE expires IS NOT NULL;

-- stream and seq name the first record of the unit that claimed the id.
CREATE TABLE journal_calls (
    call_id text COLLATE "C" PRIMARY KEY,
    session text COLLATE "C" NOT NULL,
    environment text COLLATE "C" NOT NULL,
    request_hash text COLLATE "C" NOT NULL,
    stream text COLLATE "C" NOT NULL,
    seq bigint NOT NULL
);
CREATE INDEX journal_calls_session ON journal_calls (session);

-- One row for each running writer. Its epoch fences: a batch of an older one is refused, however late it arrives.
CREATE TABLE journal_writers (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    epoch bigint NOT NULL DEFAULT 0,
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- One batch, whole or not at all, as one statement: no lock is ever held while a silo thinks, so a silo that stops stops nobody else.
-- h_*: each stream of the batch once, sorted; from where its head moves and to where. r_*: the records in order. c_*: contents. k_*: claims.
-- Raises GA001 when the writer is fenced, GA002 when a head has moved, a call id is taken or a content is there already: then unit for unit has to be looked at.
-- Returns the position before the first record, or null without records.
CREATE FUNCTION journal_append(
    writer integer, writer_epoch bigint,
    h_stream text[], h_from_seq bigint[], h_from_hash text[], h_first_at timestamptz[], h_to_seq bigint[], h_to_hash text[], h_last_at timestamptz[],
    r_stream text[], r_seq bigint[], r_at timestamptz[], r_kind text[], r_payload bytea[], r_prev_hash text[], r_hash text[],
    c_id text[], c_salt bytea[], c_bytes bytea[], c_expires timestamptz[],
    k_call_id text[], k_session text[], k_environment text[], k_request_hash text[], k_stream text[], k_seq bigint[],
    erase_ids text[], erase_expired_before timestamptz)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    base bigint;
    fresh bigint;
    moved bigint;
    written bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(7101, writer);
    IF NOT EXISTS (SELECT FROM journal_writers WHERE id = writer AND epoch = writer_epoch) THEN
        RAISE EXCEPTION 'The writer % is not at epoch % any more.', writer, writer_epoch USING ERRCODE = 'GA001';
    END IF;

    -- Locks are taken in one order by everybody: heads by name, call ids, content ids, the end of the journal. So nobody waits in a circle.
    INSERT INTO journal_heads (stream, seq, hash, last_at)
        SELECT h.stream, h.to_seq, h.to_hash, h.last_at FROM unnest(h_stream, h_from_seq, h_to_seq, h_to_hash, h_last_at) AS h (stream, from_seq, to_seq, to_hash, last_at)
        WHERE h.from_seq = 0 ORDER BY h.stream COLLATE "C"
        ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS fresh = ROW_COUNT;
    PERFORM FROM (SELECT FROM journal_heads WHERE stream = ANY (h_stream) ORDER BY stream FOR UPDATE) AS held;
    UPDATE journal_heads SET seq = h.to_seq, hash = h.to_hash, last_at = h.last_at
        FROM unnest(h_stream, h_from_seq, h_from_hash, h_first_at, h_to_seq, h_to_hash, h_last_at) AS h (stream, from_seq, from_hash, first_at, to_seq, to_hash, last_at)
        WHERE h.from_seq > 0 AND journal_heads.stream = h.stream AND journal_heads.seq = h.from_seq AND journal_heads.hash = h.from_hash AND journal_heads.last_at <= h.first_at;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF fresh + moved <> cardinality(h_stream) THEN
        RAISE EXCEPTION 'A stream of the batch has another head.' USING ERRCODE = 'GA002';
    END IF;

    INSERT INTO journal_calls (call_id, session, environment, request_hash, stream, seq)
        SELECT k.call_id, k.session, k.environment, k.request_hash, k.stream, k.seq
        FROM unnest(k_call_id, k_session, k_environment, k_request_hash, k_stream, k_seq) AS k (call_id, session, environment, request_hash, stream, seq)
        ORDER BY k.call_id COLLATE "C"
        ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS written = ROW_COUNT;
    IF written <> cardinality(k_call_id) THEN
        RAISE EXCEPTION 'A call id of the batch is taken.' USING ERRCODE = 'GA002';
    END IF;

    INSERT INTO journal_contents (id, salt, bytes, expires)
        SELECT c.id, c.salt, c.bytes, c.expires FROM unnest(c_id, c_salt, c_bytes, c_expires) AS c (id, salt, bytes, expires)
        ORDER BY c.id COLLATE "C"
        ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS written = ROW_COUNT;
    IF written <> cardinality(c_id) THEN
        RAISE EXCEPTION 'A content of the batch is there already.' USING ERRCODE = 'GA002';
    END IF;

    DELETE FROM journal_contents WHERE id IN (SELECT content.id FROM journal_contents AS content WHERE content.id = ANY (erase_ids) ORDER BY content.id FOR UPDATE);
    DELETE FROM journal_contents WHERE id IN (SELECT content.id FROM journal_contents AS content WHERE content.expires <= erase_expired_before ORDER BY content.id FOR UPDATE SKIP LOCKED);
    IF cardinality(r_stream) = 0 THEN RETURN NULL; END IF;

    PERFORM pg_advisory_xact_lock(7102, 0);
    SELECT coalesce(max(pos), 0) INTO base FROM journal_records;
    INSERT INTO journal_records (pos, stream, seq, at, kind, payload, prev_hash, hash)
        SELECT base + r.number, r.stream, r.seq, r.at, r.kind, r.payload, r.prev_hash, r.hash
        FROM unnest(r_stream, r_seq, r_at, r_kind, r_payload, r_prev_hash, r_hash) WITH ORDINALITY AS r (stream, seq, at, kind, payload, prev_hash, hash, number);
    RETURN base;
END
$$;
