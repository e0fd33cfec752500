-- What has happened, for back ends that must not miss it: a log in the order of positions.
CREATE TABLE events (
    -- Never used twice (AUTOINCREMENT): consumers remember how far they have read.
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Whom it concerns first: whose session, or the receiver of a message.
    user TEXT NOT NULL,
    type TEXT NOT NULL,
    -- A JSON object, without its position.
    body TEXT NOT NULL,
    -- In ms since 1970.
    at INTEGER NOT NULL,
    -- What all events counted that were ever recorded, up to this one: what is stored is found out by a look at both ends.
    written INTEGER NOT NULL
) STRICT;

-- How far each consumer has read.
CREATE TABLE event_consumers (
    name TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    -- In ms since 1970.
    seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The sessions whose end is not recorded yet: those that a server which was killed has left are ended by the next.
CREATE TABLE open_sessions (
    session INTEGER PRIMARY KEY,
    user TEXT NOT NULL,
    -- Where from, as the members of a JSON object.
    peer TEXT NOT NULL
) STRICT;

-- How often a server has begun with these tables, so that each session has a number of its own: one row.
CREATE TABLE server_starts (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    count INTEGER NOT NULL
) STRICT;
INSERT INTO server_starts (id, count) VALUES (1, 0);
