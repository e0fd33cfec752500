-- Which messages of logs mention whom, to count those that a user has not read.
CREATE TABLE mentions (
    conversation BIGINT NOT NULL,
    -- Empty: all who read it.
    user_id BYTEA NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (conversation, user_id, seq)
);

-- To forget those of messages that are removed.
CREATE INDEX mentions_by_seq ON mentions (conversation, seq);
