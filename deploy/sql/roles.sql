-- Once for each server, by its administrator: who owns the schema, and who only uses it. Give both a password, or let the host authenticate them.
-- The owner runs 'GovernedAgents.Silo migrate up'; silos connect as the other, which can neither create, alter nor drop, and cannot change or delete a record.
CREATE ROLE governedagents_owner LOGIN;
CREATE ROLE governedagents_silo LOGIN;
CREATE DATABASE governedagents OWNER governedagents_owner;
REVOKE ALL ON DATABASE governedagents FROM PUBLIC;
GRANT CONNECT ON DATABASE governedagents TO governedagents_silo;
