-- What the checklist found in each repository.

CREATE TABLE findings (
  repository  BIGINT NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  seq         BIGINT NOT NULL,
  finding_id  TEXT NOT NULL, -- identity: file, rule, stage or service, evidence
  rule        TEXT NOT NULL,
  level       TEXT NOT NULL, -- must, should, could
  information BOOLEAN NOT NULL, -- it trips nothing, and is not counted
  file        TEXT NOT NULL,
  line        BIGINT NOT NULL,
  stage       TEXT NOT NULL,
  what        TEXT NOT NULL,
  PRIMARY KEY (repository, seq)
);
CREATE INDEX findings_rule ON findings (rule, repository);
CREATE INDEX findings_level ON findings (level, repository) WHERE NOT information;

ALTER TABLE repositories ADD COLUMN findings_hash TEXT NOT NULL DEFAULT '';
