-- The last address that a pool gave to a machine: where a site hides what a pool is, this tells.
CREATE TABLE pool (
    service TEXT NOT NULL, network TEXT NOT NULL, name TEXT NOT NULL, address TEXT NOT NULL, given_at INTEGER NOT NULL,
    PRIMARY KEY (service, network)) STRICT;
