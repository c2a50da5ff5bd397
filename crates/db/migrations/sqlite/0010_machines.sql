-- When it was last asked for at a service of others: until it is seen, it may be there all the same.
ALTER TABLE owned ADD COLUMN asked_at INTEGER;
-- The machine of a run. `doc` is what the API shows; `parts` is what is written into it at its first boot, as it was when it was asked
-- for; `standing` is in whose name it is planned again.
CREATE TABLE machine (
    run TEXT PRIMARY KEY REFERENCES run(id), person TEXT NOT NULL, community TEXT, doc TEXT NOT NULL, parts TEXT NOT NULL,
    standing TEXT NOT NULL, ends_at INTEGER, warned_at INTEGER) STRICT;
CREATE INDEX machine_of_person ON machine(person, run);
CREATE INDEX machine_of_community ON machine(community, run) WHERE community IS NOT NULL;
-- What is set aside, of a service or of what is named of it (empty: all); for one person when it is for what they may not do.
CREATE TABLE exclusion (
    service TEXT NOT NULL, project TEXT NOT NULL, size TEXT NOT NULL, image TEXT NOT NULL, public INTEGER NOT NULL, person TEXT NOT NULL,
    cause TEXT NOT NULL, times INTEGER NOT NULL, until INTEGER NOT NULL,
    PRIMARY KEY (service, project, size, image, public, person)) STRICT;
-- How operations at services went, for some days.
CREATE TABLE weather (
    service TEXT NOT NULL, operation TEXT NOT NULL, at INTEGER NOT NULL, took INTEGER NOT NULL, problem TEXT) STRICT;
CREATE INDEX weather_of_service ON weather(service, operation, at);
CREATE INDEX weather_by_age ON weather(at);
-- Which machine had which address, and when: kept longer than the runs.
CREATE TABLE address (
    address TEXT NOT NULL, service TEXT NOT NULL, run TEXT NOT NULL, person TEXT NOT NULL, held_from INTEGER NOT NULL, held_until INTEGER,
    PRIMARY KEY (address, service, run)) STRICT;
CREATE INDEX address_of_run ON address(run);
