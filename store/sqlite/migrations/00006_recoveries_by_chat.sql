-- Who writes in a chat may have lost the conversation of a recovery that it began.

-- +goose Up
CREATE INDEX recoveries_by_chat ON recoveries (chat);

-- +goose Down
DROP INDEX recoveries_by_chat;
