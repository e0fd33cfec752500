-- The logs of conversations: messages that stay when their readers have them, numbered in each.
CREATE TABLE conversations (
    id INTEGER PRIMARY KEY,
    -- That of the mailbox which keeps the log.
    name TEXT NOT NULL UNIQUE,
    -- A group's, or else two users'.
    is_group INTEGER NOT NULL,
    -- The last message that was removed: its number, and where it stood. Whatever is left stands behind it, and numbers go on
    -- from it if nothing is.
    removed_seq INTEGER NOT NULL DEFAULT 0,
    removed_position INTEGER NOT NULL DEFAULT 0,
    -- What else is kept of it, as its owner writes it.
    settings TEXT,
    -- Whether nothing more comes.
    ended INTEGER NOT NULL DEFAULT 0
) STRICT;

-- To read groups at the start without a look at the rest.
CREATE INDEX conversations_of_groups ON conversations (id) WHERE is_group AND NOT ended;

CREATE TABLE log (
    -- From the same sequence as those of messages: what is for a reader stands in one order.
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL,
    -- From 1, without holes.
    seq INTEGER NOT NULL,
    -- In ms since 1970, both.
    stored_at INTEGER NOT NULL,
    expires_at INTEGER,
    -- The length of the body, and 512 for what belongs to it.
    bytes INTEGER NOT NULL,
    sender TEXT NOT NULL,
    fp TEXT NOT NULL,
    bridge INTEGER NOT NULL,
    -- What it keeps its order with, if that is not all of its sender's.
    lane TEXT,
    body BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX log_by_seq ON log (conversation, seq);

-- What is there already is found by its sender and fingerprint.
CREATE UNIQUE INDEX log_once ON log (conversation, sender, fp);

-- With the position, as each index has it: what stands behind one.
CREATE INDEX log_in_order ON log (conversation);

-- They count in what is stored in all.
CREATE TRIGGER log_added AFTER INSERT ON log BEGIN
    UPDATE message_total SET messages = messages + 1, bytes = bytes + NEW.bytes;
END;

CREATE TRIGGER log_removed AFTER DELETE ON log BEGIN
    UPDATE message_total SET messages = messages - 1, bytes = bytes - OLD.bytes;
END;

-- Who reads which log, from one message to another, with both: whoever comes back has a second row.
CREATE TABLE readers (
    user TEXT NOT NULL,
    conversation INTEGER NOT NULL,
    -- The first message: where it stands, and its number.
    since INTEGER NOT NULL,
    since_seq INTEGER NOT NULL,
    -- The last one, if there is one.
    until INTEGER,
    until_seq INTEGER,
    -- What they may do.
    role INTEGER NOT NULL,
    PRIMARY KEY (user, conversation, since)
) STRICT, WITHOUT ROWID;

-- Who reads a log now.
CREATE UNIQUE INDEX readers_now ON readers (conversation, user) WHERE until IS NULL;

-- To forget who could read only what is removed.
CREATE INDEX readers_before ON readers (conversation, until_seq) WHERE until IS NOT NULL;

-- How far each mailbox has read the logs.
CREATE TABLE cursors (
    mailbox TEXT PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Up to which number each user has read a log.
CREATE TABLE read_marks (
    conversation INTEGER NOT NULL,
    user TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (conversation, user)
) STRICT, WITHOUT ROWID;
