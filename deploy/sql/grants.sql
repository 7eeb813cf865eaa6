-- What a silo may do: 'migrate up' applies it for the role that it is told (%ROLE%), after every migration. Records are append-only for it.
GRANT SELECT ON schema_migrations TO %ROLE%;
GRANT SELECT, INSERT ON journal_records, journal_calls TO %ROLE%;
-- UPDATE on contents is what locking a row before its deletion takes.
GRANT SELECT, INSERT, UPDATE, DELETE ON journal_contents TO %ROLE%;
GRANT SELECT, INSERT, UPDATE ON journal_heads TO %ROLE%;
GRANT SELECT, INSERT, UPDATE, DELETE ON journal_writers TO %ROLE%;
GRANT SELECT, INSERT, UPDATE, DELETE ON projection_rows TO %ROLE%;
GRANT SELECT, UPDATE ON projection_position TO %ROLE%;
GRANT SELECT ON OrleansQuery TO %ROLE%;
GRANT SELECT, INSERT, UPDATE, DELETE ON OrleansMembershipVersionTable, OrleansMembershipTable, OrleansStorage TO %ROLE%;
