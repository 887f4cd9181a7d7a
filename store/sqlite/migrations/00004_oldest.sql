-- A program that does not know the schema of a file opens it all the same if it
-- knows the one that user_version names. A migration with which older programs
-- cannot live, because they would misread or lose something, sets that to its own
-- number.

-- +goose Up
PRAGMA user_version = 3;

-- Since when a job is owed, in Unix milliseconds; 0: not known.
ALTER TABLE jobs ADD COLUMN owed_at INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE jobs DROP COLUMN owed_at;
PRAGMA user_version = 0;
