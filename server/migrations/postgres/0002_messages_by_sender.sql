-- To count what one sender has waiting for one receiver without a look at the messages.
DROP INDEX messages_in_order;
CREATE INDEX messages_in_order ON messages (receiver, position) INCLUDE (sender);
