//! How connections begin, by listener.

use std::sync::Arc;

use super::listen::Listener;
use crate::gateway::TrustedProxies;
use crate::gateway::opening::Opening;
use crate::tls::{self, Certificates, Inside};

/// What comes first on which listener.
pub(super) struct Openings {
    pub(super) tls: Option<Certificates>,
    pub(super) proxies: Arc<TrustedProxies>,
    /// Where a PROXY header comes first.
    pub(super) proxied: Vec<Listener>,
}

impl Openings {
    pub(super) fn of(&self, listener: Listener) -> Opening {
        let inside = match listener {
            Listener::TcpTls => Some(Inside::Frames),
            Listener::Wss | Listener::Https | Listener::ApiTls => Some(Inside::Http),
            Listener::Tcp
            | Listener::Udp
            | Listener::WebSocket
            | Listener::Http
            | Listener::Api => None,
        };
        let tls = self.tls.as_ref().zip(inside);
        let tls = tls.map(|(certificates, inside)| tls::acceptor(certificates, inside));
        let is_proxied = self.proxied.contains(&listener);
        Opening::new(tls).behind(is_proxied.then(|| Arc::clone(&self.proxies)))
    }
}
