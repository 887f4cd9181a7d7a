-- Support staff and their cases. Times are Unix milliseconds. Bodies are sealed.

-- +goose Up
CREATE TABLE staff (
    id       INTEGER PRIMARY KEY,             -- at Telegram
    name     TEXT NOT NULL,
    roles    TEXT NOT NULL,                   -- agent, approver, auditor, admin; commas between
    added_at INTEGER NOT NULL,
    added_by INTEGER NOT NULL DEFAULT 0       -- the admin who did in the chat; 0: the operator
) STRICT;

-- Changes of that list which wait, or waited, for a second admin.
CREATE TABLE staff_changes (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    asked_by   INTEGER NOT NULL,
    asked_name TEXT NOT NULL,
    id         INTEGER NOT NULL,              -- of whom it is about
    name       TEXT NOT NULL,
    roles      TEXT NOT NULL,                 -- empty: off the list
    was        TEXT NOT NULL,                 -- their roles when it was asked for
    expires_at INTEGER NOT NULL,
    state      TEXT NOT NULL DEFAULT 'waiting' -- waiting, done, refused
) STRICT;

CREATE TABLE cases (
    number    INTEGER PRIMARY KEY AUTOINCREMENT,
    revision  INTEGER NOT NULL,
    status    TEXT NOT NULL,                  -- open, waiting, closed
    account   TEXT NOT NULL,                  -- empty: nobody's
    typed     BLOB NOT NULL DEFAULT x'',      -- tag of the identifier that it was opened for
    opened_at INTEGER NOT NULL,
    opened_by INTEGER NOT NULL,
    claimed   INTEGER NOT NULL DEFAULT 0,     -- by whom
    body      BLOB NOT NULL,
    topic     INTEGER NOT NULL DEFAULT 0,     -- where it is drawn
    message   INTEGER NOT NULL DEFAULT 0,
    drawn     INTEGER NOT NULL DEFAULT 0,     -- the revision that is drawn
    title     TEXT NOT NULL DEFAULT '',       -- the topic's, as it was given last
    shut      INTEGER NOT NULL DEFAULT 0,     -- the topic is closed
    chat      INTEGER NOT NULL DEFAULT 0,     -- of the person who talked with staff; 0: nobody did
    talk      TEXT NOT NULL DEFAULT ''        -- the conversation of a talk that goes on
) STRICT;
CREATE INDEX cases_by_account ON cases (account, number) WHERE account <> '';
CREATE INDEX cases_by_typed ON cases (typed, number);
CREATE INDEX cases_by_place ON cases (topic, message) WHERE topic > 0 OR message > 0;
CREATE INDEX cases_under_way ON cases (number) WHERE status <> 'closed';
CREATE INDEX cases_by_chat ON cases (chat, number) WHERE chat <> 0;
CREATE INDEX cases_by_talk ON cases (talk) WHERE talk <> '';

-- What waits to be said in the talks of cases. Bodies are sealed.
CREATE TABLE lines (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    number INTEGER NOT NULL REFERENCES cases (number),
    at     INTEGER NOT NULL,
    body   BLOB NOT NULL
) STRICT;
CREATE INDEX lines_by_case ON lines (number, id);

-- Links by which an owner begins what staff triggered.
CREATE TABLE links (
    tag        BLOB PRIMARY KEY,
    number     INTEGER NOT NULL REFERENCES cases (number),
    account    TEXT NOT NULL,
    chat       INTEGER NOT NULL DEFAULT 0,    -- the first that opened it
    expires_at INTEGER NOT NULL,
    state      TEXT NOT NULL DEFAULT 'live'   -- live, spent, void
) STRICT, WITHOUT ROWID;
CREATE INDEX links_by_case ON links (number);

CREATE TABLE freezes (
    account TEXT PRIMARY KEY,
    until   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The chat in which an account's password was recovered last.
CREATE TABLE chats (
    account TEXT PRIMARY KEY,
    chat    INTEGER NOT NULL,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE chats;
DROP TABLE freezes;
DROP TABLE links;
DROP TABLE lines;
DROP TABLE cases;
DROP TABLE staff_changes;
DROP TABLE staff;
