-- The built-in directory. Other services may read these tables; see
-- docs/operations.md for what they can rely on.

-- +goose Up
CREATE TABLE accounts (
    id                   TEXT PRIMARY KEY,
    display_name         TEXT NOT NULL DEFAULT '',
    birthday             TEXT NOT NULL DEFAULT '',   -- YYYY-MM-DD
    language             TEXT NOT NULL DEFAULT '',
    disabled             INTEGER NOT NULL DEFAULT 0,
    privileged           INTEGER NOT NULL DEFAULT 0, -- has power over others: support acts in pairs
    password_hash        TEXT NOT NULL DEFAULT '',   -- Argon2id (PHC) or bcrypt; empty: no password yet
    password_changed_at  INTEGER NOT NULL DEFAULT 0, -- Unix milliseconds, 0: unknown
    sessions_valid_after INTEGER NOT NULL DEFAULT 0, -- Unix milliseconds; sessions begun before are over
    address_version      INTEGER NOT NULL DEFAULT 1,
    address_changed_at   INTEGER NOT NULL DEFAULT 0, -- Unix milliseconds, 0: unknown
    credential_version   INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE identifiers (
    kind       TEXT NOT NULL,    -- email, phone, username
    canonical  TEXT NOT NULL,    -- what is compared
    written    TEXT NOT NULL,    -- what is sent to and shown: the same, in its owner's case and digits
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL, -- 0 is the primary of its kind
    PRIMARY KEY (kind, canonical, account_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX identifiers_by_account ON identifiers (account_id, kind, position);

-- +goose Down
DROP TABLE identifiers;
DROP TABLE accounts;
