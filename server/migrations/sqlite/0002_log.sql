-- A plain log: a message may be there twice, and the receiver's mailbox delivers it once.
CREATE TABLE log (
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

INSERT INTO log SELECT position, receiver, sender, fp, bridge, body, stored_at FROM messages;

-- Where everything was deleted, the last position is known here alone.
INSERT INTO sqlite_sequence (name, seq)
SELECT 'log', seq FROM sqlite_sequence WHERE name = 'messages' AND NOT EXISTS (SELECT 1 FROM log);
UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'messages') WHERE name = 'log';

DROP TABLE messages;
ALTER TABLE log RENAME TO messages;
CREATE INDEX messages_in_order ON messages (receiver, position);
