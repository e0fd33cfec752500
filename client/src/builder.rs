//! Settings, until the client's task is started.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mobileim_protocol::client::{Config, State};
use mobileim_protocol::{Device, SenseMode};
use tokio::sync::{mpsc, watch};

use crate::address::{AddressError, ServerAddress};
use crate::driver::Driver;
use crate::events::Events;
use crate::handle::{Client, Shared};
#[cfg(feature = "tls")]
use crate::link;
use crate::link::Connector;
use crate::persistence::Persistence;
use crate::random;
use crate::storage::{FileStorage, Storage, file_name};
#[cfg(feature = "tls")]
use crate::trust::{self, TrustError};

/// A client to be.
#[must_use = "a builder does nothing until `spawn`"]
pub struct Builder {
    addresses: Vec<ServerAddress>,
    #[cfg(feature = "tls")]
    tls: Option<Arc<tokio_rustls::rustls::ClientConfig>>,
    config: Config,
    storage: Option<Arc<dyn Storage>>,
    /// The server's, as a file name.
    server_name: String,
}

impl Builder {
    pub(crate) fn new(address: ServerAddress) -> Self {
        let transport = address.transport();
        let mut config = Config::new(transport, random::seed());
        config.secret = transport.is_datagram().then(random::secret);
        Self {
            server_name: file_name(&address.to_string()),
            config,
            addresses: vec![address],
            #[cfg(feature = "tls")]
            tls: None,
            storage: None,
        }
    }

    /// Another address of the same server, or of one that takes over from it, such as a standby. The client logs in wherever it can:
    /// after a failure at the next address, and again at the one where it was online. May be called several times.
    ///
    /// The first address names the server where [messages are kept](Self::outbox_dir).
    pub fn or_at(mut self, address: ServerAddress) -> Result<Self, AddressError> {
        let transport = self.config.transport;
        if address.transport() != transport {
            return Err(AddressError::OtherTransport(address.to_string(), transport));
        }
        self.addresses.push(address);
        self.config.addresses = self.addresses.len();
        Ok(self)
    }

    /// The heartbeat, which must be that of an original server. A MobileIM server tells its own at login, and
    /// that counts. 15 s on TCP and WebSocket, 3 s on UDP if not set.
    pub fn sense_mode(mut self, mode: SenseMode) -> Self {
        self.config.sense_mode = mode;
        self
    }

    /// The longest message in bytes, as JSON, that an original server takes. 6 KiB on TCP, 2 KiB on UDP and 64 KiB on
    /// WebSocket if not set. A MobileIM server says at login what it takes, and that counts.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.config.server_max_body = bytes;
        self
    }

    /// Names the device that the client runs on, where users may have several: each gets each message. Made up once, the same ever after.
    ///
    /// # Panics
    ///
    /// If the id is empty, or one of the names is longer than 64 bytes.
    pub fn device(mut self, device: Device) -> Self {
        assert!(
            device.is_valid(),
            "a device has an id, and its names have at most 64 bytes"
        );
        self.config.device = Some(device);
        self
    }

    /// A message is given up after this time online without an acknowledgement; two minutes if not set.
    pub fn lost_after(mut self, time: Duration) -> Self {
        self.config.lost_after = time;
        self
    }

    /// The longest wait before the first attempt to reconnect, and the longest ever: it doubles from the one to
    /// the other, and each wait is drawn evenly from zero to that. 0.5 s and 15 s if not set.
    pub fn reconnect_waits(mut self, first: Duration, longest: Duration) -> Self {
        self.config.reconnect_base = first;
        self.config.reconnect_cap = longest;
        self
    }

    /// Keeps what is unacknowledged, and what was received and not [handled](Events), from one run of the application
    /// to the next.
    pub fn storage(mut self, storage: impl Storage) -> Self {
        self.storage = Some(Arc::new(storage));
        self
    }

    /// Keeps it in this directory, in a [`FileStorage`]: a directory in it for each server address, a file in that
    /// for each user, so different servers and users may share `directory`. The same server over another
    /// transport is another address.
    pub fn outbox_dir(self, directory: impl AsRef<Path>) -> Self {
        let directory = directory.as_ref().join(&self.server_name);
        self.storage(FileStorage::new(directory))
    }

    /// On encrypted links, trusts those whom the certificates in this PEM file vouch for, in place of those whom the system
    /// trusts. The certificate of a server is enough, if that one alone is to be trusted.
    #[cfg(feature = "tls")]
    pub fn ca_file(self, path: impl AsRef<Path>) -> Result<Self, TrustError> {
        let roots = trust::read(path.as_ref())?;
        Ok(self.tls_config(Arc::new(link::tls_config(roots))))
    }

    /// How encrypted links are made, if the system's root certificates are not what is to be trusted.
    #[cfg(feature = "tls")]
    pub fn tls_config(mut self, config: Arc<tokio_rustls::rustls::ClientConfig>) -> Self {
        self.tls = Some(config);
        self
    }

    /// Starts the client's task, which does nothing until [`Client::login`].
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn spawn(self) -> (Client, Events) {
        let (commands, command_receiver) = mpsc::unbounded_channel();
        let (events, event_receiver) = mpsc::unbounded_channel();
        let (reading, is_read) = watch::channel(false);
        let persistence = Persistence::new(self.storage);
        let inbox = persistence.inbox();
        let (state, state_receiver) = watch::channel(State::Offline);
        let shared = Shared::default();
        let secret = self.config.secret;
        let driver = Driver::new(
            self.config,
            Connector::new(
                self.addresses,
                secret,
                #[cfg(feature = "tls")]
                self.tls,
            ),
            persistence,
            shared.clone(),
            events,
            is_read,
            state,
        );
        tokio::spawn(driver.run(command_receiver));
        let client = Client::new(commands, state_receiver, shared);
        (client, Events::new(event_receiver, inbox, reading))
    }
}
