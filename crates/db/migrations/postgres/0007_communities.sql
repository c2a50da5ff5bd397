-- In whose name a run is made, and the team that may see it.
ALTER TABLE run ADD COLUMN community TEXT;
ALTER TABLE run ADD COLUMN team TEXT;
CREATE INDEX run_of_community ON run(community, id) WHERE community IS NOT NULL;
CREATE INDEX run_of_team ON run(team, id) WHERE team IS NOT NULL;
CREATE UNIQUE INDEX team_by_name ON team(coalesce(community, ''), name);
CREATE TABLE team_member (
    team TEXT NOT NULL REFERENCES team(id), person TEXT NOT NULL REFERENCES person(id), added_at BIGINT NOT NULL,
    PRIMARY KEY (team, person));
CREATE INDEX team_member_of_person ON team_member(person);

-- What a person or a community has in flight, and at most may have when somebody decided so. Cores in thousandths: a sum of
-- fractions would not come back to nothing.
CREATE TABLE quota (
    holder TEXT PRIMARY KEY, runs BIGINT NOT NULL DEFAULT 0, cores BIGINT NOT NULL DEFAULT 0, accelerators BIGINT NOT NULL DEFAULT 0,
    most_runs BIGINT, most_cores BIGINT, most_accelerators BIGINT);
CREATE INDEX quota_decided ON quota(holder) WHERE most_runs IS NOT NULL OR most_cores IS NOT NULL OR most_accelerators IS NOT NULL;
-- What the attempt counts for while `counted` is 1; `held_by`: whose quota it waits for.
ALTER TABLE attempt ADD COLUMN takes_cores BIGINT NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN takes_accelerators BIGINT NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN counted BIGINT NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN held_by TEXT;
CREATE INDEX attempt_held ON attempt(held_by, id) WHERE held_by IS NOT NULL;

-- Who accepted which version of the terms of use, and when.
CREATE TABLE acceptance (
    person TEXT NOT NULL REFERENCES person(id), version TEXT NOT NULL, accepted_at BIGINT NOT NULL,
    PRIMARY KEY (person, version));
