-- What waits for receivers that are offline or silent.
CREATE TABLE messages (
    -- Never used twice (AUTOINCREMENT): mailboxes remember how far they have read.
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    receiver TEXT NOT NULL,
    sender TEXT NOT NULL,
    fp TEXT NOT NULL,
    bridge INTEGER NOT NULL,
    body BLOB NOT NULL,
    -- In ms since 1970.
    stored_at INTEGER NOT NULL,
    -- A sender that was not acknowledged before a restart repeats its message after it.
    UNIQUE (receiver, sender, fp)
) STRICT;

CREATE INDEX messages_in_order ON messages (receiver, position);
