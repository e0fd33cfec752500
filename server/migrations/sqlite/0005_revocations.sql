-- Users whose tokens are refused if they were issued before a time.
CREATE TABLE revocations (
    user TEXT PRIMARY KEY,
    -- In ms since 1970, both.
    issued_before INTEGER NOT NULL,
    -- From when on it counts for as long as the server is told.
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- To find those that do not count any more.
CREATE INDEX revocations_by_age ON revocations (since);
