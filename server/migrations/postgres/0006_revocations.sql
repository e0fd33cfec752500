-- Users whose tokens are refused if they were issued before a time.
CREATE TABLE revocations (
    -- As bytes, as names of users are elsewhere.
    user_id BYTEA PRIMARY KEY,
    -- In ms since 1970, both.
    issued_before BIGINT NOT NULL,
    -- From when on it counts for as long as the server is told.
    since BIGINT NOT NULL
);

-- To find those that do not count any more.
CREATE INDEX revocations_by_age ON revocations (since);
