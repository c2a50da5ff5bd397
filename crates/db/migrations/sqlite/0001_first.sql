-- The clock that leases are measured with: the database's own, on both engines under one name.
CREATE VIEW clock AS SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS now_ms;

CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE person (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, administrator INTEGER NOT NULL DEFAULT 0,
    suspended_at INTEGER, created_at INTEGER NOT NULL) STRICT;
CREATE TABLE identity (
    issuer TEXT NOT NULL, subject TEXT NOT NULL, person TEXT NOT NULL REFERENCES person(id), created_at INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)) STRICT;
CREATE TABLE community (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL) STRICT;
CREATE TABLE team (id TEXT PRIMARY KEY, community TEXT REFERENCES community(id), name TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT;
CREATE TABLE token (
    id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES person(id), name TEXT NOT NULL, hash BLOB NOT NULL UNIQUE,
    scopes TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER, used_at INTEGER, revoked_at INTEGER) STRICT;
CREATE INDEX token_of_person ON token(person);
CREATE TABLE sealed (id TEXT PRIMARY KEY, purpose TEXT NOT NULL, key_id TEXT NOT NULL, bytes BLOB NOT NULL, created_at INTEGER NOT NULL) STRICT;

-- `doc` is the run as the API shows it, so that a page of a list is one concatenation; the columns beside it are
-- what lists filter by. `changed` grows with every change of the row.
CREATE TABLE run (
    id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES person(id), name TEXT NOT NULL, state TEXT NOT NULL, outcome TEXT,
    doc TEXT NOT NULL, request TEXT NOT NULL, plan TEXT NOT NULL, changed INTEGER NOT NULL, created_at INTEGER NOT NULL,
    ended_at INTEGER) STRICT;
CREATE INDEX run_of_person ON run(person, id);
CREATE INDEX run_by_name ON run(person, name, id);
CREATE INDEX run_active ON run(id) WHERE state <> 'ended';
CREATE TABLE waits_for (run TEXT NOT NULL REFERENCES run(id), predecessor TEXT NOT NULL, PRIMARY KEY (run, predecessor)) STRICT;
CREATE INDEX awaited_by ON waits_for(predecessor);
-- `share`: none, queued, aboard or over, as seen from the service; `leased`: elements that its pilots hold.
CREATE TABLE attempt (
    id TEXT PRIMARY KEY, run TEXT NOT NULL REFERENCES run(id), number INTEGER NOT NULL, service TEXT NOT NULL, offer TEXT NOT NULL,
    cores REAL NOT NULL, memory INTEGER NOT NULL, width INTEGER NOT NULL, share TEXT NOT NULL, leased INTEGER NOT NULL DEFAULT 0, stop_at INTEGER, cause TEXT,
    started_at INTEGER NOT NULL, ended_at INTEGER, UNIQUE (run, number)) STRICT;
CREATE INDEX attempt_sharing ON attempt(service, share, id);
CREATE TABLE element (
    run TEXT NOT NULL REFERENCES run(id), idx INTEGER NOT NULL, state TEXT NOT NULL, outcome TEXT, attempt TEXT, pilot TEXT,
    tries INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0, stop INTEGER NOT NULL DEFAULT 0,
    cause TEXT, report TEXT, started_at INTEGER, ended_at INTEGER, PRIMARY KEY (run, idx)) STRICT, WITHOUT ROWID;
CREATE INDEX element_by_state ON element(run, state, idx);
-- A pilot is known from its recipe on: by its enrolment code until the first contact, by its credential from then on.
CREATE TABLE pilot (
    id TEXT PRIMARY KEY, attempt TEXT NOT NULL REFERENCES attempt(id), slot TEXT NOT NULL, enrolment BLOB UNIQUE,
    enrolment_expires_at INTEGER NOT NULL, credential BLOB UNIQUE, expires_at INTEGER NOT NULL, applied INTEGER NOT NULL DEFAULT 0,
    gateway TEXT, seen_at INTEGER, gone_at INTEGER, UNIQUE (attempt, slot)) STRICT;
CREATE INDEX pilot_of_attempt ON pilot(attempt);

CREATE TABLE owned (
    attempt TEXT NOT NULL REFERENCES attempt(id), name TEXT NOT NULL, service TEXT NOT NULL, kind TEXT NOT NULL, remote_id TEXT,
    intent_at INTEGER NOT NULL, created_at INTEGER, released_at INTEGER, evidence TEXT, PRIMARY KEY (attempt, name)) STRICT;
CREATE INDEX owned_unreleased ON owned(attempt) WHERE released_at IS NULL;

CREATE TABLE flow (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, version INTEGER NOT NULL, subject TEXT NOT NULL, audience TEXT NOT NULL, input TEXT NOT NULL,
    outputs TEXT NOT NULL, step TEXT NOT NULL, direction INTEGER NOT NULL, status TEXT NOT NULL, owner TEXT, epoch INTEGER NOT NULL,
    lease_until INTEGER NOT NULL, wake_at INTEGER NOT NULL, wakes INTEGER NOT NULL, tries INTEGER NOT NULL, cancel INTEGER NOT NULL, runs_on TEXT, error TEXT,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) STRICT;
CREATE INDEX flow_due ON flow(wake_at) WHERE status = 'running';
CREATE INDEX flow_of_subject ON flow(subject);
-- One counter per run and one per person: event numbers are given in the commit that they tell of.
CREATE TABLE counter (subject TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT;
CREATE TABLE flow_event (
    subject TEXT NOT NULL, seq INTEGER NOT NULL, audience TEXT NOT NULL, audience_seq INTEGER NOT NULL, at INTEGER NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (subject, seq)) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX event_of_audience ON flow_event(audience, audience_seq);

CREATE TABLE upload (
    id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES person(id), name TEXT NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT,
    completed_at INTEGER, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL) STRICT;
CREATE INDEX upload_of_person ON upload(person, id);
-- What an ended run left in the blob directory, by class, and until when it is kept.
CREATE TABLE blob (key TEXT PRIMARY KEY, class TEXT NOT NULL, owner TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER) STRICT;
CREATE INDEX blob_of_owner ON blob(owner);
CREATE TABLE idempotency (
    person TEXT NOT NULL, operation TEXT NOT NULL, key TEXT NOT NULL, body_hash BLOB NOT NULL, resource TEXT NOT NULL,
    created_at INTEGER NOT NULL, PRIMARY KEY (person, operation, key)) STRICT, WITHOUT ROWID;
CREATE TABLE gateway (id TEXT PRIMARY KEY, host TEXT NOT NULL, version TEXT NOT NULL, address TEXT NOT NULL, seen_at INTEGER NOT NULL) STRICT;
