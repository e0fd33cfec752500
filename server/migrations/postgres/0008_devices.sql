-- The devices of users, where users have several. Each has a mailbox of its own.
CREATE TABLE devices (
    -- As bytes, as names of users are elsewhere.
    user_id BYTEA NOT NULL,
    -- Which of the user's mailboxes it has.
    number INTEGER NOT NULL,
    -- What its client calls it; empty for the one of clients that name none.
    id BYTEA NOT NULL,
    platform BYTEA NOT NULL,
    -- When it logged in first, and when it was online last, to about a day: in ms since 1970.
    since BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    -- From when on messages were not kept for it, if that is so: in ms since 1970.
    missed_since BIGINT,
    PRIMARY KEY (user_id, number)
);
