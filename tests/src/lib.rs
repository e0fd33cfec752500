//! What crosses components.
