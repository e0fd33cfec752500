//! The devices of users.
//!
//! A device is a mailbox of its own: each gets each message once, in order, from memory or from the store, as a user with one session
//! does. A user has the one mailbox without a number as long as [`Sessions::Single`] holds; with several devices each has a number.
//! Which devices there are is known here, of everybody, and written down in a [`DeviceBook`]: a message must find the devices that are away.

mod address;
mod book;
mod directory;
mod fanout;

pub use address::user_of;
pub(crate) use address::{mailbox_of, split};
pub use book::{DeviceBook, RegisteredDevice};
pub use directory::{DevicePolicy, DeviceView, Sessions};
pub(crate) use directory::{Directory, Mailboxes, Placed};
pub(crate) use fanout::{Fanout, Fanouts, Settled};
