-- Why a job's last try failed, in words that hold no secret; empty: none did.

-- +goose Up
ALTER TABLE jobs ADD COLUMN cause TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE jobs DROP COLUMN cause;
