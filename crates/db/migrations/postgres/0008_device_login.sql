-- A command line that waits for somebody to type a code at an issuer. The device code is sealed. `next_poll_at` is when the issuer may be
-- asked again, by whichever gateway; what has ended is remembered until it would have expired, so that who asks again is told.
CREATE TABLE device_login (
    hash BYTEA PRIMARY KEY, issuer TEXT NOT NULL, device TEXT NOT NULL, scopes TEXT NOT NULL, name TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending', interval_ms BIGINT NOT NULL, next_poll_at BIGINT NOT NULL, expires_at BIGINT NOT NULL);
CREATE INDEX device_login_expiry ON device_login(expires_at);
