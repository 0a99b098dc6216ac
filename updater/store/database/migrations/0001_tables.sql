-- Times are microseconds since 1970 in UTC, 0 for never. Lists are JSON, '' for none.
-- TEXT compares byte by byte in both databases; SERIAL_KEY and BYTES are theirs.

CREATE TABLE installations (
  id        BIGINT PRIMARY KEY,
  account   TEXT NOT NULL,
  suspended BOOLEAN NOT NULL,
  removed   BOOLEAN NOT NULL,
  since     BIGINT NOT NULL,
  synced    BIGINT NOT NULL,
  changed   BIGINT NOT NULL
);

CREATE TABLE repositories (
  id           SERIAL_KEY,
  name         TEXT NOT NULL,
  name_key     TEXT NOT NULL UNIQUE, -- in lower case; #id for one whose name is another's now
  forge_id     BIGINT NOT NULL,
  installation BIGINT NOT NULL,
  branch       TEXT NOT NULL,
  url          TEXT NOT NULL,
  private      BOOLEAN NOT NULL,
  topics       TEXT NOT NULL,
  state        TEXT NOT NULL,
  reason       TEXT NOT NULL DEFAULT '',
  enrolled     BIGINT NOT NULL DEFAULT 0,
  removed      BOOLEAN NOT NULL DEFAULT FALSE,
  removed_at   BIGINT NOT NULL DEFAULT 0,
  cron         TEXT NOT NULL DEFAULT '',
  timezone     TEXT NOT NULL DEFAULT '',
  next         BIGINT NOT NULL DEFAULT 0,
  wanted       BIGINT NOT NULL DEFAULT 0,
  begun        BIGINT NOT NULL DEFAULT 0,
  finished     BIGINT NOT NULL DEFAULT 0,
  stirred      BIGINT NOT NULL DEFAULT 0, -- when a pass that is not finished was last heard of: wanted, begun, tried
  unsure       BOOLEAN NOT NULL DEFAULT FALSE,
  head         TEXT NOT NULL DEFAULT '',
  settled      TEXT NOT NULL DEFAULT '',
  known        TEXT NOT NULL DEFAULT '',
  asked        BIGINT NOT NULL DEFAULT 0,
  looked       BIGINT NOT NULL DEFAULT 0,
  n_pins       BIGINT NOT NULL DEFAULT 0,
  n_current    BIGINT NOT NULL DEFAULT 0,
  n_updates    BIGINT NOT NULL DEFAULT 0,
  n_held       BIGINT NOT NULL DEFAULT 0,
  n_skipped    BIGINT NOT NULL DEFAULT 0,
  n_failed     BIGINT NOT NULL DEFAULT 0,
  n_security   BIGINT NOT NULL DEFAULT 0,
  libyears     DOUBLE PRECISION NOT NULL DEFAULT 0,
  pins_hash    TEXT NOT NULL DEFAULT '' -- of the rows in pins, so that equal ones are not written again
);
CREATE UNIQUE INDEX repositories_forge_id ON repositories (forge_id) WHERE forge_id <> 0;
CREATE INDEX repositories_installation ON repositories (installation);
CREATE INDEX repositories_enrolled ON repositories (enrolled);
CREATE INDEX repositories_next ON repositories (next) WHERE next <> 0;
CREATE INDEX repositories_stirred ON repositories (stirred) WHERE wanted > finished;
CREATE INDEX repositories_removed ON repositories (removed_at) WHERE removed;

CREATE TABLE packages (
  id        SERIAL_KEY,
  ecosystem TEXT NOT NULL,
  package   TEXT NOT NULL,
  name      TEXT NOT NULL,
  pkg_key   TEXT NOT NULL, -- in lower case
  name_key  TEXT NOT NULL, -- in lower case
  short     TEXT NOT NULL, -- what people call it: python of docker.io/library/python
  UNIQUE (ecosystem, package, name)
);
CREATE INDEX packages_package ON packages (pkg_key);
CREATE INDEX packages_name ON packages (name_key);
CREATE INDEX packages_short ON packages (short);

CREATE TABLE pins (
  repository     BIGINT NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  seq            BIGINT NOT NULL,
  package_id     BIGINT NOT NULL REFERENCES packages (id),
  pin_id         TEXT NOT NULL,
  file           TEXT NOT NULL,
  line           BIGINT NOT NULL,
  col            BIGINT NOT NULL,
  ecosystem      TEXT NOT NULL,
  name           TEXT NOT NULL,
  package        TEXT NOT NULL,
  pin            TEXT NOT NULL,
  pin_key        TEXT NOT NULL, -- in lower case, without ==
  digest         TEXT NOT NULL,
  digest_key     TEXT NOT NULL,
  current        TEXT NOT NULL,
  current_key    TEXT NOT NULL,
  safe           TEXT NOT NULL,
  minor          TEXT NOT NULL,
  latest         TEXT NOT NULL,
  latest_package TEXT NOT NULL,
  newer_base     TEXT NOT NULL,
  release_line   TEXT NOT NULL,
  status         TEXT NOT NULL,
  band           TEXT NOT NULL,
  security       BOOLEAN NOT NULL,
  target         TEXT NOT NULL,
  target_hash    TEXT NOT NULL,
  reason_code    TEXT NOT NULL,
  reason         TEXT NOT NULL,
  notes          TEXT NOT NULL,
  advisories     TEXT NOT NULL,
  published      BIGINT NOT NULL,
  libyears       DOUBLE PRECISION NOT NULL,
  pull           BIGINT NOT NULL,
  why            TEXT NOT NULL,
  PRIMARY KEY (repository, seq)
);
CREATE INDEX pins_package ON pins (package_id, pin_key, repository, status);
CREATE INDEX pins_current ON pins (package_id, current_key);
CREATE INDEX pins_status ON pins (status, band, repository);
CREATE INDEX pins_digest ON pins (digest_key) WHERE digest_key <> '';

CREATE TABLE pin_advisories (
  advisory   TEXT NOT NULL, -- in upper case
  repository BIGINT NOT NULL,
  seq        BIGINT NOT NULL,
  PRIMARY KEY (advisory, repository, seq),
  FOREIGN KEY (repository, seq) REFERENCES pins (repository, seq) ON DELETE CASCADE
);
CREATE INDEX pin_advisories_pin ON pin_advisories (repository, seq);

CREATE TABLE pulls (
  repository BIGINT NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  number     BIGINT NOT NULL,
  url        TEXT NOT NULL,
  title      TEXT NOT NULL,
  branch     TEXT NOT NULL,
  state      TEXT NOT NULL,
  updates    BIGINT NOT NULL,
  security   BOOLEAN NOT NULL,
  outcome    TEXT NOT NULL,
  reason     TEXT NOT NULL,
  opened     BIGINT NOT NULL,
  changed    BIGINT NOT NULL,
  PRIMARY KEY (repository, number)
);
CREATE INDEX pulls_changed ON pulls (changed) WHERE state <> 'open';

CREATE TABLE runs (
  id         SERIAL_KEY,
  repository BIGINT NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  job        BIGINT NOT NULL,
  trigger_by TEXT NOT NULL,
  head       TEXT NOT NULL,
  began      BIGINT NOT NULL,
  took       BIGINT NOT NULL, -- microseconds
  outcome    TEXT NOT NULL,
  error      TEXT NOT NULL,
  reads      BIGINT NOT NULL,
  writes     BIGINT NOT NULL,
  lookups    BIGINT NOT NULL,
  cached     BIGINT NOT NULL,
  totals     TEXT NOT NULL,
  UNIQUE (repository, began, job)
);
CREATE INDEX runs_began ON runs (began, id);

-- What a repository's totals were from one day (since 1970) until another, which is not one of them.
CREATE TABLE days (
  repository BIGINT NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  day        BIGINT NOT NULL,
  until      BIGINT NOT NULL, -- the day of the next row, or 1000000000
  n_pins     BIGINT NOT NULL,
  n_current  BIGINT NOT NULL,
  n_updates  BIGINT NOT NULL,
  n_held     BIGINT NOT NULL,
  n_skipped  BIGINT NOT NULL,
  n_failed   BIGINT NOT NULL,
  n_security BIGINT NOT NULL,
  libyears   DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (repository, day)
);
CREATE INDEX days_until ON days (until);

CREATE TABLE memories (
  repository BIGINT PRIMARY KEY REFERENCES repositories (id) ON DELETE CASCADE,
  data       BYTES NOT NULL,
  version    BIGINT NOT NULL
);

CREATE TABLE ticks (
  repository BIGINT NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  pin_key    TEXT NOT NULL,
  pin        TEXT NOT NULL,
  ticked_by  TEXT NOT NULL,
  at         BIGINT NOT NULL,
  PRIMARY KEY (repository, pin_key)
);

CREATE TABLE deliveries (
  id       TEXT PRIMARY KEY,
  event    TEXT NOT NULL,
  received BIGINT NOT NULL,
  done     BOOLEAN NOT NULL
);
CREATE INDEX deliveries_received ON deliveries (received);

CREATE TABLE sessions (
  id      TEXT PRIMARY KEY,
  login   TEXT NOT NULL,
  expires BIGINT NOT NULL,
  checked BIGINT NOT NULL
);
CREATE INDEX sessions_expires ON sessions (expires);

CREATE TABLE session_access (
  session  TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  forge_id BIGINT NOT NULL,
  access   BIGINT NOT NULL,
  PRIMARY KEY (session, forge_id)
);

CREATE TABLE leases (
  name   TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  until  BIGINT NOT NULL
);

CREATE TABLE pauses (
  name  TEXT PRIMARY KEY,
  until BIGINT NOT NULL
);

CREATE TABLE spends (
  id     SERIAL_KEY,
  budget TEXT NOT NULL,
  at     BIGINT NOT NULL,
  until  BIGINT NOT NULL
);
CREATE INDEX spends_budget ON spends (budget, at);
CREATE INDEX spends_until ON spends (until);

CREATE TABLE beats (
  process TEXT PRIMARY KEY,
  seen    BIGINT NOT NULL,
  gone    BOOLEAN NOT NULL
);

CREATE TABLE settings (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE entries (
  entry_key TEXT PRIMARY KEY,
  host      TEXT NOT NULL,
  url       TEXT NOT NULL,
  size      BIGINT NOT NULL,
  heard     BIGINT NOT NULL,
  data      BYTES NOT NULL
);
CREATE INDEX entries_heard ON entries (heard, size, entry_key);
