-- What people are told of, and how far each receiver is.
CREATE TABLE events (
  id         SERIAL_KEY,
  event_key  TEXT NOT NULL UNIQUE, -- names what happened, so that it is told once
  kind       TEXT NOT NULL,
  repository BIGINT NOT NULL, -- 0 for the service itself
  body       TEXT NOT NULL,
  url        TEXT NOT NULL,
  at         BIGINT NOT NULL
);
CREATE INDEX events_at ON events (at);

CREATE TABLE receivers (
  name    TEXT PRIMARY KEY,
  done    BIGINT NOT NULL, -- the last event that it has, or does not want
  until   BIGINT NOT NULL, -- the last one of a batch that was begun; 0 for none
  tries   BIGINT NOT NULL,
  again   BIGINT NOT NULL,
  sent_at BIGINT NOT NULL
);
