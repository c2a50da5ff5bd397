-- What an issuer lets this gateway do in somebody's name. `refresh` names the sealed token (none: it ended, and `trouble` says why);
-- `renewing_until` is held by the gateway that uses it, since a token used twice ends the consent.
CREATE TABLE consent (
    issuer TEXT NOT NULL, subject TEXT NOT NULL, person TEXT NOT NULL REFERENCES person(id), refresh TEXT, scopes TEXT NOT NULL,
    given_at INTEGER NOT NULL, renewed_at INTEGER, expires_at INTEGER, renewing_until INTEGER NOT NULL DEFAULT 0, trouble TEXT,
    PRIMARY KEY (issuer, subject)) STRICT;
CREATE INDEX consent_of_person ON consent(person, issuer);
-- The tokens that runs were given for other services: whom for, how long, how often. Never the tokens. An empty audience is the issuer's usual one.
CREATE TABLE credential (
    id TEXT PRIMARY KEY, run TEXT NOT NULL REFERENCES run(id), service TEXT NOT NULL, issuer TEXT NOT NULL, audience TEXT NOT NULL,
    scopes TEXT NOT NULL, made_at INTEGER NOT NULL, used_at INTEGER NOT NULL, uses INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    revoked_at INTEGER, UNIQUE (run, service, issuer, audience, scopes)) STRICT;
