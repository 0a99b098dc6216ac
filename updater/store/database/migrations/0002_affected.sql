-- What advisories affect, by package: since when, and what is known against it.
CREATE TABLE affected (
  repository BIGINT NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  ecosystem  TEXT NOT NULL,
  package    TEXT NOT NULL, -- shortened where it is very long
  advisory   TEXT NOT NULL,
  severity   TEXT NOT NULL,
  fixed      TEXT NOT NULL, -- the first version without it; '' for none
  versions   TEXT NOT NULL, -- in use, a list
  pins       BIGINT NOT NULL,
  pull       BIGINT NOT NULL, -- the open pull request that moves one of the pins; 0 for none
  since      BIGINT NOT NULL,
  PRIMARY KEY (repository, ecosystem, package, advisory)
);
CREATE INDEX affected_advisory ON affected (advisory);

-- What people decided to bear until a day.
CREATE TABLE dismissals (
  repository   BIGINT NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  ecosystem    TEXT NOT NULL,
  package      TEXT NOT NULL,
  advisory     TEXT NOT NULL,
  reason       TEXT NOT NULL,
  dismissed_by TEXT NOT NULL,
  at           BIGINT NOT NULL,
  until        BIGINT NOT NULL,
  PRIMARY KEY (repository, ecosystem, package, advisory)
);
CREATE INDEX dismissals_until ON dismissals (until);

-- As the last pass saw them: checks are passed, failed, running or none, mergeable is yes, conflict or
-- blocked, a review approved it, asked for changes or is required. '' is unknown.
ALTER TABLE pulls ADD COLUMN checks TEXT NOT NULL DEFAULT '';
ALTER TABLE pulls ADD COLUMN mergeable TEXT NOT NULL DEFAULT '';
ALTER TABLE pulls ADD COLUMN review TEXT NOT NULL DEFAULT '';
CREATE INDEX pulls_open ON pulls (opened, repository) WHERE state = 'open';

ALTER TABLE runs ADD COLUMN log TEXT NOT NULL DEFAULT '';

-- Every repository is looked at wholly once more, so that the tables above are filled.
UPDATE repositories SET pins_hash = '', settled = '';
