//! Settings of the devices of users.

use super::super::setting::settings;
use super::super::values::{Count, Lifetime, SessionRule};

settings! {
    /// How many devices a user may have, and use at once.
    DeviceSettings in DEVICES;

    /// Which sessions a user may have at once: single, one, as the original has it; per-device, one on each device; per-platform, one on
    /// each kind of device, where another one takes its place. With several, each device gets each message
    sessions: SessionRule {
        key: "devices.sessions",
        value: "RULE",
        default: "single",
    }

    /// How many devices a user may have: one more takes the place of the one that was away longest
    max: Count {
        key: "devices.max",
        value: "N",
        default: "10",
    }

    /// After this time without a login a device is forgotten, with what waits for it
    forget_after: Lifetime {
        key: "devices.forget-after",
        value: "DURATION",
        default: "30days",
    }
}
