-- What is wrong with what is published of a pin, in one sentence; '' for nothing.
ALTER TABLE pins ADD COLUMN alarm TEXT NOT NULL DEFAULT '';
CREATE INDEX pins_alarm ON pins (repository) WHERE alarm <> '';
UPDATE repositories SET pins_hash = '';
