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

-- With the sender, to count what one sender has waiting for one receiver without a look at the messages.
CREATE INDEX messages_in_order ON messages (receiver, position) INCLUDE (sender);

-- To find what has waited too long without a look at the rest.
CREATE INDEX messages_by_age ON messages (stored_at);

-- The time by which messages get old, which is not always the wall clock's: in ms since 1970, in one row.
CREATE TABLE message_time (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    millis BIGINT NOT NULL
);
