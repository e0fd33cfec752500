//! The numbers that errors, refusals and kick-outs carry (docs/protocol.md, "Codes").

/// No error.
pub const OK: i64 = 0;
/// Not logged in (said by a client to its own application).
pub const CLIENT_NOT_LOGGED_IN: i64 = 1;
/// Unknown error.
pub const UNKNOWN: i64 = 2;
/// Sending failed.
pub const SENDING_FAILED: i64 = 3;
/// The message is invalid.
pub const INVALID_MESSAGE: i64 = 4;
/// The connection is broken.
pub const CONNECTION_BROKEN: i64 = 201;
/// Connecting failed.
pub const CONNECTING_FAILED: i64 = 202;
/// The client is not initialised.
pub const NOT_INITIALISED: i64 = 203;
/// There is no local network.
pub const NO_NETWORK: i64 = 204;
/// The server's address is not set.
pub const NO_SERVER_ADDRESS: i64 = 205;
/// The server has no login for this connection: log in again.
pub const NOT_LOGGED_IN: i64 = 301;

/// The receiver is offline or silent, and as much is stored for it, or in all, as may be. The error carries the message, as 301
/// does.
pub const MAILBOX_FULL: i64 = 302;

/// None of the receiver's clients takes a body as long as this; the error says the longest that one takes, and carries
/// the message, as 301 does.
pub const TOO_LONG_FOR_RECEIVER: i64 = 303;

/// The user sends too much: the message is to be sent again after the wait that the error says. It carries the message,
/// as 301 does.
pub const TOO_MANY_MESSAGES: i64 = 304;

/// The server ends the session for now, since it stops: the client is to come back after the wait that the error says.
/// Only clients that said at login what they take are sent it.
pub const SESSION_ENDS: i64 = 305;
/// Error answer: the message is for a group that does not exist. The answer carries it.
pub const NO_SUCH_GROUP: i64 = 321;
/// Error answer: the message is for a group that its sender is not in. The answer carries it.
pub const NOT_A_MEMBER: i64 = 322;
/// Error answer: the message is for a group in which its sender may not write. The answer carries it.
pub const MAY_NOT_WRITE: i64 = 323;

/// The server has no answer to a question of this name: it may be of an earlier version.
pub const UNKNOWN_QUESTION: i64 = 310;
/// The question cannot be read, or a parameter is missing or wrong.
pub const BAD_QUESTION: i64 = 311;
/// As many questions of the connection are unanswered as may be.
pub const TOO_MANY_QUESTIONS: i64 = 312;
/// The answer is longer than the client takes: it is to ask for less at once.
pub const ANSWER_TOO_LONG: i64 = 313;
/// What the question is about does not exist.
pub const NOT_FOUND: i64 = 314;
/// The question is understood, and what it asks for is not done.
pub const NOT_ALLOWED: i64 = 315;
/// The question cannot be answered now; later it may be.
pub const NOT_AVAILABLE: i64 = 316;

/// The first code that applications use for their own login refusals.
pub const FIRST_APPLICATION_REFUSAL: i64 = 1025;
/// Login refused: the token is wrong.
pub const BAD_TOKEN: i64 = 1025;
/// Login refused: the token was right once and has expired.
pub const TOKEN_EXPIRED: i64 = 1026;
/// Login refused for now: who verifies tokens cannot be reached. The only refusal after which a client tries again.
pub const TEMPORARILY_UNAVAILABLE: i64 = 1027;

/// Kicked: the same user logged in elsewhere.
pub const KICKED_DUPLICATE_LOGIN: i64 = 1;
/// Kicked by an administrator.
pub const KICKED_BY_ADMINISTRATOR: i64 = 2;
