-- The last address that a pool gave to a machine, and whether it is one that is reached from outside: sites hide what would tell.
CREATE TABLE pool (
    service TEXT NOT NULL, network TEXT NOT NULL, address TEXT NOT NULL, public INTEGER NOT NULL, given_at INTEGER NOT NULL,
    PRIMARY KEY (service, network)) STRICT;
