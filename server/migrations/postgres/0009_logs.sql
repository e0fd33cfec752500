-- The logs of conversations: messages that stay when their readers have them, numbered in each.
--
-- Names and texts are bytes, as those of messages are.
CREATE TABLE conversations (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- That of the mailbox which keeps the log.
    name BYTEA NOT NULL UNIQUE,
    -- A group's, or else two users'.
    is_group BOOLEAN NOT NULL,
    -- The last message that was removed: its number, and where it stood. Whatever is left stands behind it, and numbers go on
    -- from it if nothing is.
    removed_seq BIGINT NOT NULL DEFAULT 0,
    removed_position BIGINT NOT NULL DEFAULT 0,
    -- What else is kept of it, as its owner writes it.
    settings BYTEA,
    -- Whether nothing more comes.
    ended BOOLEAN NOT NULL DEFAULT FALSE
);

-- To read groups at the start without a look at the rest.
CREATE INDEX conversations_of_groups ON conversations (id) WHERE is_group AND NOT ended;

CREATE TABLE log (
    -- From the same sequence as those of messages: what is for a reader stands in one order.
    position BIGINT PRIMARY KEY,
    conversation BIGINT NOT NULL,
    -- From 1, without holes.
    seq BIGINT NOT NULL,
    -- In ms since 1970, both.
    stored_at BIGINT NOT NULL,
    expires_at BIGINT,
    -- The length of the body, and 512 for what belongs to it.
    bytes BIGINT NOT NULL,
    sender BYTEA NOT NULL,
    fp BYTEA NOT NULL,
    bridge BOOLEAN NOT NULL,
    -- What it keeps its order with, if that is not all of its sender's.
    lane BYTEA,
    body BYTEA NOT NULL
);

CREATE UNIQUE INDEX log_by_seq ON log (conversation, seq);

-- What is there already is found by its sender and fingerprint.
CREATE UNIQUE INDEX log_once ON log (conversation, sender, fp);

CREATE INDEX log_in_order ON log (conversation, position);

-- They count in what is stored in all.
CREATE TRIGGER log_added AFTER INSERT ON log REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION message_added();
CREATE TRIGGER log_removed AFTER DELETE ON log REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION message_removed();

-- Whichever of the two tables is emptied, the other one counts.
CREATE OR REPLACE FUNCTION messages_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('UPDATE %1$I.message_total SET (messages, bytes) = (
        SELECT count(*), coalesce(sum(bytes), 0)
        FROM (SELECT bytes FROM %1$I.messages UNION ALL SELECT bytes FROM %1$I.log) AS stored)', TG_TABLE_SCHEMA);
    RETURN NULL;
END $$;
CREATE TRIGGER log_emptied AFTER TRUNCATE ON log
    FOR EACH STATEMENT EXECUTE FUNCTION messages_emptied();

-- Who reads which log, from one message to another, with both: whoever comes back has a second row.
CREATE TABLE readers (
    user_id BYTEA NOT NULL,
    conversation BIGINT NOT NULL,
    -- The first message: where it stands, and its number.
    since BIGINT NOT NULL,
    since_seq BIGINT NOT NULL,
    -- The last one, if there is one.
    until BIGINT,
    until_seq BIGINT,
    -- What they may do.
    role INTEGER NOT NULL,
    PRIMARY KEY (user_id, conversation, since)
);

-- Who reads a log now.
CREATE UNIQUE INDEX readers_now ON readers (conversation, user_id) WHERE until IS NULL;

-- To forget who could read only what is removed.
CREATE INDEX readers_before ON readers (conversation, until_seq) WHERE until IS NOT NULL;

-- How far each mailbox has read the logs.
CREATE TABLE cursors (
    mailbox BYTEA PRIMARY KEY,
    position BIGINT NOT NULL
);

-- Up to which number each user has read a log.
CREATE TABLE read_marks (
    conversation BIGINT NOT NULL,
    user_id BYTEA NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (conversation, user_id)
);
