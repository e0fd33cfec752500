-- When users were online last, where users are told of each other.
CREATE TABLE last_seen (
    -- As bytes, as names of users are elsewhere.
    user_id BYTEA PRIMARY KEY,
    -- When the last session ended, in ms since 1970.
    at BIGINT NOT NULL
);
