-- The base branch of pins and pull requests, where a repository names several; '' for the default one.
ALTER TABLE pins ADD COLUMN base TEXT NOT NULL DEFAULT '';
ALTER TABLE pulls ADD COLUMN base TEXT NOT NULL DEFAULT '';
