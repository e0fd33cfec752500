-- When messages are of no use any more, if their senders said so.

-- In ms since 1970, by the wall clock.
ALTER TABLE messages ADD COLUMN expires_at INTEGER;

-- To find those without a look at the rest, which are not in it.
CREATE INDEX messages_by_expiry ON messages (expires_at) WHERE expires_at IS NOT NULL;
