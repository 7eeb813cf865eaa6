-- The read model: made from the journal, and made again when it is emptied.

-- A record makes at most one row, so where it began is its key.
CREATE TABLE projection_rows (
    created bigint PRIMARY KEY,
    id text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    environment text COLLATE "C",
    session text COLLATE "C",
    state text COLLATE "C" NOT NULL,
    starter text COLLATE "C",
    agent text COLLATE "C",
    due bigint,
    document text NOT NULL
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX projection_rows_id ON projection_rows (id) WHERE type <> 'call';
CREATE INDEX projection_rows_list ON projection_rows (type, created);
CREATE INDEX projection_rows_state ON projection_rows (type, state, created);
CREATE INDEX projection_rows_session ON projection_rows (session, type, created) WHERE session IS NOT NULL;
CREATE INDEX projection_rows_due ON projection_rows (due) WHERE due IS NOT NULL;

-- Exactly one row. Whoever moves it has folded the records between.
CREATE TABLE projection_position (
    pos bigint NOT NULL,
    hash text COLLATE "C",
    single boolean PRIMARY KEY DEFAULT true CHECK (single)
) WITH (fillfactor = 20);
INSERT INTO projection_position (pos, hash) VALUES (0, NULL);
