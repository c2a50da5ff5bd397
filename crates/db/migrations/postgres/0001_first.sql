-- The clock that leases are measured with: the database's own, on both engines under one name.
CREATE VIEW clock AS SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT) AS now_ms;

CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE person (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, administrator BIGINT NOT NULL DEFAULT 0,
    suspended_at BIGINT, created_at BIGINT NOT NULL);
CREATE TABLE identity (
    issuer TEXT NOT NULL, subject TEXT NOT NULL, person TEXT NOT NULL REFERENCES person(id), created_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject));
CREATE TABLE community (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, created_at BIGINT NOT NULL);
CREATE TABLE team (id TEXT PRIMARY KEY, community TEXT REFERENCES community(id), name TEXT NOT NULL, created_at BIGINT NOT NULL);
CREATE TABLE token (
    id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES person(id), name TEXT NOT NULL, hash BYTEA NOT NULL UNIQUE,
    scopes TEXT NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT, used_at BIGINT, revoked_at BIGINT);
CREATE INDEX token_of_person ON token(person);
CREATE TABLE sealed (id TEXT PRIMARY KEY, purpose TEXT NOT NULL, key_id TEXT NOT NULL, bytes BYTEA NOT NULL, created_at BIGINT NOT NULL);

-- `doc` is the run as the API shows it, so that a page of a list is one concatenation; the columns beside it are
-- what lists filter by. `changed` grows with every change of the row.
CREATE TABLE run (
    id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES person(id), name TEXT NOT NULL, state TEXT NOT NULL, outcome TEXT,
    doc TEXT NOT NULL, request TEXT NOT NULL, plan TEXT NOT NULL, changed BIGINT NOT NULL, created_at BIGINT NOT NULL,
    ended_at BIGINT);
CREATE INDEX run_of_person ON run(person, id);
CREATE INDEX run_by_name ON run(person, name, id);
CREATE INDEX run_active ON run(id) WHERE state <> 'ended';
CREATE TABLE waits_for (run TEXT NOT NULL REFERENCES run(id), predecessor TEXT NOT NULL, PRIMARY KEY (run, predecessor));
CREATE INDEX awaited_by ON waits_for(predecessor);
-- `share`: none, queued, aboard or over, as seen from the service; `leased`: elements that its pilots hold.
CREATE TABLE attempt (
    id TEXT PRIMARY KEY, run TEXT NOT NULL REFERENCES run(id), number BIGINT NOT NULL, service TEXT NOT NULL, offer TEXT NOT NULL,
    cores DOUBLE PRECISION NOT NULL, memory BIGINT NOT NULL, width BIGINT NOT NULL, share TEXT NOT NULL, leased BIGINT NOT NULL DEFAULT 0, stop_at BIGINT, cause TEXT,
    started_at BIGINT NOT NULL, ended_at BIGINT, UNIQUE (run, number));
CREATE INDEX attempt_sharing ON attempt(service, share, id);
CREATE TABLE element (
    run TEXT NOT NULL REFERENCES run(id), idx BIGINT NOT NULL, state TEXT NOT NULL, outcome TEXT, attempt TEXT, pilot TEXT,
    tries BIGINT NOT NULL DEFAULT 0, failures BIGINT NOT NULL DEFAULT 0, stop BIGINT NOT NULL DEFAULT 0,
    cause TEXT, report TEXT, started_at BIGINT, ended_at BIGINT, PRIMARY KEY (run, idx));
CREATE INDEX element_by_state ON element(run, state, idx);
-- A pilot is known from its recipe on: by its enrolment code until the first contact, by its credential from then on.
CREATE TABLE pilot (
    id TEXT PRIMARY KEY, attempt TEXT NOT NULL REFERENCES attempt(id), slot TEXT NOT NULL, enrolment BYTEA UNIQUE,
    enrolment_expires_at BIGINT NOT NULL, credential BYTEA UNIQUE, expires_at BIGINT NOT NULL, applied BIGINT NOT NULL DEFAULT 0,
    gateway TEXT, seen_at BIGINT, gone_at BIGINT, UNIQUE (attempt, slot));
CREATE INDEX pilot_of_attempt ON pilot(attempt);

CREATE TABLE owned (
    attempt TEXT NOT NULL REFERENCES attempt(id), name TEXT NOT NULL, service TEXT NOT NULL, kind TEXT NOT NULL, remote_id TEXT,
    intent_at BIGINT NOT NULL, created_at BIGINT, released_at BIGINT, evidence TEXT, PRIMARY KEY (attempt, name));
CREATE INDEX owned_unreleased ON owned(attempt) WHERE released_at IS NULL;

CREATE TABLE flow (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, version BIGINT NOT NULL, subject TEXT NOT NULL, audience TEXT NOT NULL, input TEXT NOT NULL,
    outputs TEXT NOT NULL, step TEXT NOT NULL, direction BIGINT NOT NULL, status TEXT NOT NULL, owner TEXT, epoch BIGINT NOT NULL,
    lease_until BIGINT NOT NULL, wake_at BIGINT NOT NULL, wakes BIGINT NOT NULL, tries BIGINT NOT NULL, cancel BIGINT NOT NULL, runs_on TEXT, error TEXT,
    created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL);
CREATE INDEX flow_due ON flow(wake_at) WHERE status = 'running';
CREATE INDEX flow_of_subject ON flow(subject);
-- One counter per run and one per person: event numbers are given in the commit that they tell of.
CREATE TABLE counter (subject TEXT PRIMARY KEY, last BIGINT NOT NULL);
CREATE TABLE flow_event (
    subject TEXT NOT NULL, seq BIGINT NOT NULL, audience TEXT NOT NULL, audience_seq BIGINT NOT NULL, at BIGINT NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (subject, seq));
CREATE UNIQUE INDEX event_of_audience ON flow_event(audience, audience_seq);

CREATE TABLE upload (
    id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES person(id), name TEXT NOT NULL, bytes BIGINT NOT NULL, sha256 TEXT,
    completed_at BIGINT, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL);
CREATE INDEX upload_of_person ON upload(person, id);
-- What an ended run left in the blob directory, by class, and until when it is kept.
CREATE TABLE blob (key TEXT PRIMARY KEY, class TEXT NOT NULL, owner TEXT NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT);
CREATE INDEX blob_of_owner ON blob(owner);
CREATE TABLE idempotency (
    person TEXT NOT NULL, operation TEXT NOT NULL, key TEXT NOT NULL, body_hash BYTEA NOT NULL, resource TEXT NOT NULL,
    created_at BIGINT NOT NULL, PRIMARY KEY (person, operation, key));
CREATE TABLE gateway (id TEXT PRIMARY KEY, host TEXT NOT NULL, version TEXT NOT NULL, address TEXT NOT NULL, seen_at BIGINT NOT NULL);
