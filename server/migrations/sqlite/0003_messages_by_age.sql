-- To find what has waited too long without a look at the rest.
CREATE INDEX messages_by_age ON messages (stored_at);
