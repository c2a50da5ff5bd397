-- Why somebody may not come in: for the administrators, never for the person.
ALTER TABLE person ADD COLUMN suspended_because TEXT;
CREATE INDEX person_suspended ON person(id) WHERE suspended_at IS NOT NULL;

-- Who did what, to what, from where, and what came of it. Nothing is ever changed or taken out: the database refuses.
CREATE TABLE audit (
    id TEXT PRIMARY KEY, at INTEGER NOT NULL, request TEXT NOT NULL, person TEXT, credential TEXT, operation TEXT NOT NULL,
    about TEXT NOT NULL, owner TEXT, address TEXT, status INTEGER NOT NULL, code TEXT, unseen INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX audit_of_person ON audit(person, id);
CREATE INDEX audit_by_operation ON audit(operation, id);
CREATE INDEX audit_about ON audit(about, id);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
