-- What an issuer last said of somebody: what they are called, and what it says about groups (never a token). `granted` is what the
-- mapping made of it then; `claims_hash` tells whether anything changed.
ALTER TABLE identity ADD COLUMN name TEXT;
ALTER TABLE identity ADD COLUMN email TEXT;
ALTER TABLE identity ADD COLUMN claims TEXT;
ALTER TABLE identity ADD COLUMN claims_hash BYTEA;
ALTER TABLE identity ADD COLUMN granted TEXT;
ALTER TABLE identity ADD COLUMN administrator BIGINT NOT NULL DEFAULT 0;
ALTER TABLE identity ADD COLUMN seen_at BIGINT;
CREATE INDEX identity_of_person ON identity(person);
CREATE TABLE membership (
    issuer TEXT NOT NULL, subject TEXT NOT NULL, community TEXT NOT NULL, role TEXT NOT NULL,
    PRIMARY KEY (issuer, subject, community));
CREATE INDEX membership_of_community ON membership(community);
-- The table that administrators edit. All versions are kept; the last one counts.
CREATE TABLE mapping (version BIGINT PRIMARY KEY, document TEXT NOT NULL, made_by TEXT NOT NULL, made_at BIGINT NOT NULL);
-- A browser that was sent to an issuer: deleted by whoever comes back.
CREATE TABLE login (
    hash BYTEA PRIMARY KEY, issuer TEXT NOT NULL, pending TEXT NOT NULL, place TEXT NOT NULL, expires_at BIGINT NOT NULL);
CREATE INDEX login_expiry ON login(expires_at);
-- By which the issuer can end a session.
ALTER TABLE session ADD COLUMN issuer TEXT;
ALTER TABLE session ADD COLUMN subject TEXT;
ALTER TABLE session ADD COLUMN issuer_session TEXT;
CREATE INDEX session_of_issuer ON session(issuer, subject);
