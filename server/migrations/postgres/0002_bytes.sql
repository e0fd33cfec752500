-- What each message counts, and all of them together, so that neither has to be found out by a look at what waits.

-- The length of the body, and 512 for what belongs to it.
ALTER TABLE messages ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0;
UPDATE messages SET bytes = octet_length(body) + 512;
ALTER TABLE messages ALTER COLUMN bytes DROP DEFAULT;

-- With the bytes, to count them without a look at the messages.
DROP INDEX messages_in_order;
CREATE INDEX messages_in_order ON messages (receiver, position) INCLUDE (sender, bytes);

-- In one row. It is part of each transaction, and so as right as the messages after any crash, whoever removes them.
CREATE TABLE message_total (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    messages BIGINT NOT NULL,
    bytes BIGINT NOT NULL
);
INSERT INTO message_total (id, messages, bytes) SELECT 1, count(*), coalesce(sum(bytes), 0) FROM messages;

-- Once for each statement, however many messages it adds or removes. The schema is that of the table, whatever the search path of
-- whoever does it.
CREATE FUNCTION message_added() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    more RECORD;
BEGIN
    SELECT count(*) AS messages, coalesce(sum(bytes), 0)::BIGINT AS bytes INTO more FROM changed;
    EXECUTE format('UPDATE %I.message_total SET messages = messages + $1, bytes = bytes + $2', TG_TABLE_SCHEMA)
        USING more.messages, more.bytes;
    RETURN NULL;
END $$;

CREATE FUNCTION message_removed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    less RECORD;
BEGIN
    SELECT count(*) AS messages, coalesce(sum(bytes), 0)::BIGINT AS bytes INTO less FROM changed;
    EXECUTE format('UPDATE %I.message_total SET messages = messages - $1, bytes = bytes - $2', TG_TABLE_SCHEMA)
        USING less.messages, less.bytes;
    RETURN NULL;
END $$;

CREATE FUNCTION messages_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('UPDATE %I.message_total SET messages = 0, bytes = 0', TG_TABLE_SCHEMA);
    RETURN NULL;
END $$;

CREATE TRIGGER message_added AFTER INSERT ON messages REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION message_added();
CREATE TRIGGER message_removed AFTER DELETE ON messages REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION message_removed();
CREATE TRIGGER messages_emptied AFTER TRUNCATE ON messages
    FOR EACH STATEMENT EXECUTE FUNCTION messages_emptied();
