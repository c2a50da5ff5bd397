-- People's public SSH keys. `issuer` is the login service that says so, or nobody for what the person added; `public_key` is one line as
-- OpenSSH writes it. `used_at`: when a machine was last made that lets it in.
CREATE TABLE ssh_key (
    id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES person(id), name TEXT NOT NULL, algorithm TEXT NOT NULL, public_key TEXT NOT NULL,
    fingerprint TEXT NOT NULL, issuer TEXT, created_at INTEGER NOT NULL, used_at INTEGER,
    UNIQUE (person, name), UNIQUE (person, fingerprint)) STRICT;
CREATE INDEX ssh_key_of_issuer ON ssh_key(issuer) WHERE issuer IS NOT NULL;
