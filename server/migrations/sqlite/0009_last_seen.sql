-- When users were online last, where users are told of each other.
CREATE TABLE last_seen (
    user TEXT PRIMARY KEY,
    -- When the last session ended, in ms since 1970.
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
