//! MobileIM's native client.
