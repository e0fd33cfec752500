-- What each message counts, and all of them together, so that neither has to be found out by a look at what waits.

-- The length of the body, and 512 for what belongs to it.
ALTER TABLE messages ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
UPDATE messages SET bytes = length(body) + 512;

-- With the bytes, to count them without a look at the messages.
DROP INDEX messages_in_order;
CREATE INDEX messages_in_order ON messages (receiver, position, sender, bytes);

-- In one row. It is part of each transaction, and so as right as the messages after any crash, whoever removes them.
CREATE TABLE message_total (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    messages INTEGER NOT NULL,
    bytes INTEGER NOT NULL
) STRICT;
INSERT INTO message_total (id, messages, bytes) SELECT 1, count(*), coalesce(sum(bytes), 0) FROM messages;

CREATE TRIGGER message_added AFTER INSERT ON messages BEGIN
    UPDATE message_total SET messages = messages + 1, bytes = bytes + NEW.bytes;
END;

CREATE TRIGGER message_removed AFTER DELETE ON messages BEGIN
    UPDATE message_total SET messages = messages - 1, bytes = bytes - OLD.bytes;
END;
