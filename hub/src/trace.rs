//! One message, followed through every step: for an operator who is asked where it is.

use std::sync::atomic::{AtomicBool, Ordering};

use mobileim_protocol::{Message, decode};
use parking_lot::RwLock;
use tracing::info;

use crate::event::{Delivery, Event};
use crate::origin::Origin;

/// The fingerprint of the message that is followed, if one is. Nothing of its text is told.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    /// Whether there is one: all that is looked at otherwise.
    is_on: AtomicBool,
    fp: RwLock<Option<Box<str>>>,
}

impl Trace {
    pub(crate) fn set(&self, fp: Option<&str>) {
        *self.fp.write() = fp.map(Into::into);
        self.is_on.store(fp.is_some(), Ordering::Relaxed);
    }

    fn follows(&self, fp: Option<&str>) -> bool {
        self.is_on.load(Ordering::Relaxed) && fp.is_some() && self.fp.read().as_deref() == fp
    }

    /// Something happens to a message.
    pub(crate) fn message(&self, message: &Message<'_>, step: &str) {
        let fp = message.fp.as_deref();
        if self.follows(fp) {
            let (from, to) = (message.from.as_deref(), message.to.as_deref());
            info!(fp, from, to, qos = message.qos, "trace: {step}");
        }
    }

    /// A body is sent to a user's session.
    pub(crate) fn body(&self, user: &str, session: u64, body: &[u8], is_repetition: bool) {
        if !self.is_on.load(Ordering::Relaxed) {
            return;
        }
        let Ok(message) = decode(body) else { return };
        if self.follows(message.fp.as_deref()) {
            let fp = message.fp.as_deref();
            let again = if is_repetition { " again" } else { "" };
            info!(fp, to = user, session, "trace: sent to a session{again}");
        }
    }

    /// Something has happened to a message with QoS.
    pub(crate) fn event(&self, event: &Event) {
        let (delivery, what): (&Delivery, String) = match event {
            Event::Delivered(delivery) => (delivery, "acknowledged by its receiver".to_owned()),
            Event::Stored(delivery) => (delivery, "stored".to_owned()),
            Event::Fetched(delivery) => (
                delivery,
                "acknowledged by its receiver after it was stored".to_owned(),
            ),
            Event::Repeated(delivery) => (delivery, "acknowledged again to its sender".to_owned()),
            Event::Refused { delivery, why } => (delivery, format!("refused: {why:?}")),
            Event::Online { .. }
            | Event::Offline { .. }
            | Event::LoginRefused { .. }
            | Event::Received { .. } => return,
        };
        if self.follows(Some(&delivery.fp)) {
            let from = match &delivery.from {
                Origin::User(user) => user,
                Origin::Server => mobileim_protocol::SERVER,
            };
            let (fp, to) = (&*delivery.fp, &*delivery.to);
            info!(fp, from, to, "trace: {what}");
        }
    }
}
