-- When an event was noted last: one that still holds is not forgotten, since it would be told again.
ALTER TABLE events ADD COLUMN noted BIGINT NOT NULL DEFAULT 0;
