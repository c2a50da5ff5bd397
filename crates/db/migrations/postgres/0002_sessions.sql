-- Browsers that are signed in. A row is deleted when its session ends. `latest` is when the right that it came from ends
-- (a token's expiry): nothing that is made in the session may last longer.
CREATE TABLE session (
    id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES person(id), hash BYTEA NOT NULL UNIQUE, scopes TEXT NOT NULL,
    user_agent TEXT NOT NULL, made_at BIGINT NOT NULL, seen_at BIGINT NOT NULL, expires_at BIGINT NOT NULL,
    latest BIGINT);
CREATE INDEX session_of_person ON session(person);

-- Codes that begin a session: deleted by whoever uses them.
CREATE TABLE sign_in_code (
    hash BYTEA PRIMARY KEY, person TEXT NOT NULL REFERENCES person(id), scopes TEXT NOT NULL, latest BIGINT,
    expires_at BIGINT NOT NULL);
CREATE INDEX sign_in_code_expiry ON sign_in_code(expires_at);
