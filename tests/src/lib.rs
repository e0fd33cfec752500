//! What the tests that cross components share.

pub mod application;
pub mod raw;
pub mod transcript;
