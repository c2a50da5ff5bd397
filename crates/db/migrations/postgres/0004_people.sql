-- Why somebody may not come in: for the administrators, never for the person.
ALTER TABLE person ADD COLUMN suspended_because TEXT;
CREATE INDEX person_suspended ON person(id) WHERE suspended_at IS NOT NULL;

-- Who did what, to what, from where, and what came of it. Nothing is ever changed or taken out: the database refuses.
CREATE TABLE audit (
    id TEXT PRIMARY KEY, at BIGINT NOT NULL, request TEXT NOT NULL, person TEXT, credential TEXT, operation TEXT NOT NULL,
    about TEXT NOT NULL, owner TEXT, address TEXT, status BIGINT NOT NULL, code TEXT, unseen BIGINT NOT NULL DEFAULT 0);
CREATE INDEX audit_of_person ON audit(person, id);
CREATE INDEX audit_by_operation ON audit(operation, id);
CREATE INDEX audit_about ON audit(about, id);
CREATE FUNCTION audit_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the audit is only added to'; END $$;
CREATE TRIGGER audit_is_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_only_added_to();
