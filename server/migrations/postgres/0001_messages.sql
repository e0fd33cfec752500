-- What waits for receivers that are offline or silent.
--
-- Names are bytes: PostgreSQL's text has no character 0, and sorts, and takes characters, as the database was
-- created to. convert_from(receiver, 'UTF8') shows them.

-- Never gives a number twice: mailboxes remember how far they have read.
CREATE SEQUENCE messages_position;

CREATE TABLE messages (
    position BIGINT PRIMARY KEY,
    receiver BYTEA NOT NULL,
    sender BYTEA NOT NULL,
    fp BYTEA NOT NULL,
    bridge BOOLEAN NOT NULL,
    body BYTEA NOT NULL,
    -- In ms since 1970.
    stored_at BIGINT NOT NULL
);

CREATE INDEX messages_in_order ON messages (receiver, position);

-- To find what has waited too long without a look at the rest.
CREATE INDEX messages_by_age ON messages (stored_at);
