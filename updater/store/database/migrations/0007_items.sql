-- A pin is kept as the JSON of its record, beside the columns that are searched: seq is its place in the
-- order of bases, files and lines. What stands in the old table is moved, see pinsToItems.
DROP TABLE pin_advisories;
DROP INDEX pins_package;
DROP INDEX pins_current;
DROP INDEX pins_status;
DROP INDEX pins_digest;
DROP INDEX pins_alarm;
ALTER TABLE pins RENAME TO old_pins;

CREATE TABLE pins (
  repository  BIGINT NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  seq         BIGINT NOT NULL,
  package_id  BIGINT NOT NULL REFERENCES packages (id),
  pin_key     TEXT NOT NULL, -- in lower case, without ==
  current_key TEXT NOT NULL,
  digest_key  TEXT NOT NULL,
  status      TEXT NOT NULL,
  band        TEXT NOT NULL,
  alarmed     BOOLEAN NOT NULL,
  item        TEXT NOT NULL,
  PRIMARY KEY (repository, seq)
);
CREATE INDEX pins_package ON pins (package_id, pin_key, repository, status);
CREATE INDEX pins_current ON pins (package_id, current_key);
CREATE INDEX pins_status ON pins (status, band, repository);
CREATE INDEX pins_digest ON pins (digest_key) WHERE digest_key <> '';
CREATE INDEX pins_alarm ON pins (repository) WHERE alarmed;

CREATE TABLE pin_advisories (
  advisory   TEXT NOT NULL, -- in upper case
  repository BIGINT NOT NULL,
  seq        BIGINT NOT NULL,
  PRIMARY KEY (advisory, repository, seq),
  FOREIGN KEY (repository, seq) REFERENCES pins (repository, seq) ON DELETE CASCADE
);
CREATE INDEX pin_advisories_pin ON pin_advisories (repository, seq);
