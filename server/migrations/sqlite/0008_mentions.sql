-- Which messages of logs mention whom, to count those that a user has not read.
CREATE TABLE mentions (
    conversation INTEGER NOT NULL,
    -- Empty: all who read it.
    user TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (conversation, user, seq)
) STRICT, WITHOUT ROWID;

-- To forget those of messages that are removed.
CREATE INDEX mentions_by_seq ON mentions (conversation, seq);
