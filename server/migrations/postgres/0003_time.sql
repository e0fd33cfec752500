-- The time by which messages get old, which is not always the wall clock's: in ms since 1970, in one row.
CREATE TABLE message_time (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    millis BIGINT NOT NULL
);
