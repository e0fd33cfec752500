-- The devices of users, where users have several. Each has a mailbox of its own.
CREATE TABLE devices (
    user TEXT NOT NULL,
    -- Which of the user's mailboxes it has.
    number INTEGER NOT NULL,
    -- What its client calls it; empty for the one of clients that name none.
    id TEXT NOT NULL,
    platform TEXT NOT NULL,
    -- When it logged in first, and when it was online last, to about a day: in ms since 1970.
    since INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    -- From when on messages were not kept for it, if that is so: in ms since 1970.
    missed_since INTEGER,
    PRIMARY KEY (user, number)
) STRICT, WITHOUT ROWID;
