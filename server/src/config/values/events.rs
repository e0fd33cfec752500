//! What is recorded for back ends.

use super::super::setting::{Kind, Value};
use crate::events::{EventTypes, UserPatterns};

impl Value for EventTypes {
    const KIND: Kind = Kind::List;
}

impl Value for UserPatterns {
    const KIND: Kind = Kind::List;
}
