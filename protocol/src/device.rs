//! The device that a client runs on, as it names it at login.

use alloc::string::String;

/// The longest name of a device and of a platform, in bytes of UTF-8.
pub const MAX_DEVICE_LEN: usize = 64;

/// A device: made up once by the client that runs there, and the same ever after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// What tells it from the user's other devices. No secret, and nothing that tells who the user is.
    pub id: String,
    /// What kind of device it is, such as `web`, `wechat`, `ios`: of the application's choice.
    pub platform: Option<String>,
}

impl Device {
    /// A device of no particular kind.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            platform: None,
        }
    }

    /// The same, of a kind.
    #[must_use]
    pub fn with_platform(mut self, platform: impl Into<String>) -> Self {
        self.platform = Some(platform.into());
        self
    }

    /// Whether it can be named so: with an id, and nothing longer than [`MAX_DEVICE_LEN`].
    pub fn is_valid(&self) -> bool {
        let platform = self.platform.as_deref().unwrap_or_default();
        (1..=MAX_DEVICE_LEN).contains(&self.id.len()) && platform.len() <= MAX_DEVICE_LEN
    }
}
