-- A program that does not know the schema of a file opens it all the same if it
-- knows the one that user_version names. A migration with which older programs
-- cannot live, because they would misread or lose something, sets that to its own
-- number.

-- +goose Up
PRAGMA user_version = 3;

-- +goose Down
PRAGMA user_version = 0;
