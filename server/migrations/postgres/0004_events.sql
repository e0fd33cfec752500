-- What has happened, for back ends that must not miss it: a log in the order of positions.
--
-- Names and bodies are bytes, as those of messages are. convert_from(body, 'UTF8')::jsonb shows one.

-- Never gives a number twice: consumers remember how far they have read.
CREATE SEQUENCE events_position;

CREATE TABLE events (
    position BIGINT PRIMARY KEY,
    -- Whom it concerns first: whose session, or the receiver of a message.
    user_id BYTEA NOT NULL,
    type TEXT NOT NULL,
    -- A JSON object, without its position.
    body BYTEA NOT NULL,
    -- In ms since 1970.
    at BIGINT NOT NULL,
    -- What all events counted that were ever recorded, up to this one: what is stored is found out by a look at both ends.
    written BIGINT NOT NULL
);

-- How far each consumer has read.
CREATE TABLE event_consumers (
    name TEXT PRIMARY KEY,
    position BIGINT NOT NULL,
    -- In ms since 1970.
    seen_at BIGINT NOT NULL
);

-- The sessions whose end is not recorded yet: those that a server which was killed has left are ended by the next.
CREATE TABLE open_sessions (
    session BIGINT PRIMARY KEY,
    user_id BYTEA NOT NULL,
    -- Where from, as the members of a JSON object.
    peer BYTEA NOT NULL
);

-- How often a server has begun with these tables, so that each session has a number of its own: one row.
CREATE TABLE server_starts (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    count BIGINT NOT NULL
);
INSERT INTO server_starts (id, count) VALUES (1, 0);
