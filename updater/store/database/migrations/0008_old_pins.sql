DROP TABLE old_pins;

-- Every repository is looked at wholly once more, for the facts that the old table did not have.
UPDATE repositories SET pins_hash = '', settled = '';
