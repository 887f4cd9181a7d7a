-- The ledger. Times are Unix milliseconds. Tags are HMACs, bodies are sealed.

-- +goose Up
-- Ids begin with the time, so that what is new stands together: a commit then
-- touches few pages.
CREATE TABLE recoveries (
    id                 TEXT PRIMARY KEY,
    reference          TEXT NOT NULL,
    conversation       TEXT NOT NULL,
    chat               INTEGER NOT NULL,
    identifier_tag     BLOB NOT NULL,
    begun_at           INTEGER NOT NULL,
    codes              INTEGER NOT NULL DEFAULT 0,  -- codes issued so far
    number             INTEGER NOT NULL DEFAULT 0,  -- of the case by which staff started it
    account_id         TEXT,                        -- noted by the worker
    address_version    INTEGER NOT NULL DEFAULT 0,
    credential_version INTEGER NOT NULL DEFAULT 0,
    -- 1: ended by its own conversation. 2: ended because the account has a new
    -- password; nothing matches it any more, yet it goes on answering like a
    -- recovery that never had an account.
    void               INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX recoveries_by_conversation ON recoveries (conversation);
CREATE INDEX recoveries_by_account ON recoveries (account_id) WHERE account_id IS NOT NULL;

CREATE TABLE codes (
    recovery   TEXT NOT NULL REFERENCES recoveries (id) ON DELETE CASCADE,
    number     INTEGER NOT NULL,              -- from 1
    tag        BLOB NOT NULL,
    channel    TEXT NOT NULL,                 -- as asked for
    long       INTEGER NOT NULL,              -- ten of base 32
    issued_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    guesses    INTEGER NOT NULL DEFAULT 0,
    state      TEXT NOT NULL DEFAULT 'live',  -- live, superseded, used, void
    admitted   INTEGER NOT NULL DEFAULT 0,    -- 0 not asked, 1 may be sent, 2 may not, 3 not by SMS
    region     TEXT NOT NULL DEFAULT '',      -- where its SMS went, by ISO 3166-1; else empty
    PRIMARY KEY (recovery, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX codes_by_region ON codes (region, issued_at) WHERE region <> '';

CREATE TABLE grants (
    recovery   TEXT NOT NULL REFERENCES recoveries (id) ON DELETE CASCADE,
    tag        BLOB NOT NULL,
    minted_by  TEXT NOT NULL,                 -- the input id
    minted_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    state      TEXT NOT NULL DEFAULT 'live',  -- live, spent, void
    PRIMARY KEY (recovery, tag)
) STRICT, WITHOUT ROWID;

CREATE TABLE outcomes (
    id           INTEGER PRIMARY KEY,         -- in the order of time
    conversation TEXT NOT NULL,
    input        TEXT NOT NULL,
    kind         TEXT NOT NULL,
    body         BLOB NOT NULL,
    at           INTEGER NOT NULL,
    -- Inputs come numbered by Telegram, so that what is new stands together;
    -- the ids of conversations are random.
    UNIQUE (input, conversation, kind)
) STRICT;

-- One row a charge: a sliding window is counted, not approximated.
CREATE TABLE charges (
    bucket BLOB NOT NULL,
    at     INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    item   BLOB NOT NULL DEFAULT x'',        -- what was charged, where distinct things count
    PRIMARY KEY (bucket, at, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX charges_by_age ON charges (at);

-- Budgets too large to count one by one: charges in a slice of a window.
CREATE TABLE tallies (
    bucket BLOB NOT NULL,
    span   INTEGER NOT NULL,                 -- the window's length in milliseconds
    at     INTEGER NOT NULL,                 -- when the slice begins
    count  INTEGER NOT NULL,
    PRIMARY KEY (bucket, span, at)
) STRICT, WITHOUT ROWID;

-- Wrong guesses in a row at an account, or at what was typed where there is none.
CREATE TABLE strikes (
    account TEXT PRIMARY KEY,
    known   INTEGER NOT NULL,                -- there is such an account
    count   INTEGER NOT NULL,
    at      INTEGER NOT NULL                 -- of the last one
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
    id          INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL,
    key         TEXT UNIQUE,
    due_at      INTEGER NOT NULL,
    deadline_at INTEGER NOT NULL,
    leased_to   INTEGER NOT NULL DEFAULT 0,
    attempts    INTEGER NOT NULL DEFAULT 0,
    done_at     INTEGER NOT NULL DEFAULT 0,
    payload     BLOB NOT NULL
) STRICT;
CREATE INDEX jobs_due ON jobs (due_at) WHERE done_at = 0;
CREATE INDEX jobs_done ON jobs (done_at) WHERE done_at > 0;

CREATE TABLE audit (
    id        INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL,
    event     TEXT NOT NULL,
    actor     TEXT NOT NULL,                 -- chat:<tag>, worker, operator, staff:<id>
    role      TEXT NOT NULL DEFAULT '',      -- of staff
    account   TEXT NOT NULL DEFAULT '',
    recovery  TEXT NOT NULL DEFAULT '',
    reference TEXT NOT NULL DEFAULT '',
    number    INTEGER NOT NULL DEFAULT 0,    -- of the case
    detail    TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX audit_by_account ON audit (account, id) WHERE account <> '';
CREATE INDEX audit_of_cases ON audit (at) WHERE number > 0;

CREATE TABLE conversations (
    chat     INTEGER PRIMARY KEY,
    revision INTEGER NOT NULL,
    body     BLOB NOT NULL,
    expires  INTEGER NOT NULL
) STRICT;
CREATE INDEX conversations_by_age ON conversations (expires);

CREATE TABLE marks (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE marks;
DROP TABLE conversations;
DROP TABLE audit;
DROP TABLE jobs;
DROP TABLE strikes;
DROP TABLE tallies;
DROP TABLE charges;
DROP TABLE outcomes;
DROP TABLE grants;
DROP TABLE codes;
DROP TABLE recoveries;
