//! MobileIM's server.
