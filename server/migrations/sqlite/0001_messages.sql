-- What waits for receivers that are offline or silent: a plain log. A message may be there twice, and the receiver's mailbox delivers
-- it once.
CREATE TABLE messages (
    -- Never used twice (AUTOINCREMENT): mailboxes remember how far they have read.
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    receiver TEXT NOT NULL,
    sender TEXT NOT NULL,
    fp TEXT NOT NULL,
    bridge INTEGER NOT NULL,
    body BLOB NOT NULL,
    -- In ms since 1970.
    stored_at INTEGER NOT NULL
) STRICT;

-- With the sender, to count what one sender has waiting for one receiver without a look at the messages.
CREATE INDEX messages_in_order ON messages (receiver, position, sender);

-- To find what has waited too long without a look at the rest.
CREATE INDEX messages_by_age ON messages (stored_at);

-- The time by which messages get old, which is not always the wall clock's: in ms since 1970, in one row.
CREATE TABLE message_time (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    millis INTEGER NOT NULL
) STRICT;
