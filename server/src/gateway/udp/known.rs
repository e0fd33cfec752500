//! The addresses that are known.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mobileim_hub::Quotas;
use parking_lot::Mutex;

use super::link::UdpLink;
use super::peer::Peer;
use crate::gateway::admission::Admission;

/// Who is behind which address, and how many of them are undecided.
pub(super) struct Known {
    peers: Mutex<HashMap<SocketAddr, Arc<Peer>>>,
    pub(super) undecided: AtomicUsize,
    admission: Arc<Admission>,
    quotas: Quotas,
}

impl Known {
    pub(super) fn new(admission: Arc<Admission>, quotas: Quotas) -> Self {
        Self {
            peers: Mutex::default(),
            undecided: AtomicUsize::new(0),
            admission,
            quotas,
        }
    }

    pub(super) fn get(&self, address: SocketAddr) -> Option<Arc<Peer>> {
        self.peers.lock().get(&address).cloned()
    }

    /// Whether another may log in from where an address is.
    pub(super) fn has_room_for(&self, address: SocketAddr) -> bool {
        let network = self.network(address);
        network.is_none_or(|network| self.admission.has_room_for(network))
    }

    pub(super) fn insert(&self, peer: &Arc<Peer>) {
        let address = peer.link.address;
        if let Some(network) = self.network(address) {
            let is_counted = self.admission.enter_from(network);
            peer.is_counted.store(is_counted, Ordering::Relaxed);
        }
        let before = self.peers.lock().insert(address, Arc::clone(peer));
        if let Some(before) = before {
            self.uncount(&before);
        }
    }

    /// Forgets an address, unless another link has taken it over.
    pub(super) fn remove(&self, link: &UdpLink) {
        let mut peers = self.peers.lock();
        let known = peers.get(&link.address);
        if known.is_some_and(|peer| std::ptr::eq(&raw const *peer.link, link)) {
            let peer = peers.remove(&link.address);
            drop(peers);
            if let Some(peer) = peer {
                self.uncount(&peer);
            }
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.peers.lock().len()
    }

    fn uncount(&self, peer: &Peer) {
        if peer.is_counted.swap(false, Ordering::Relaxed)
            && let Some(network) = self.network(peer.link.address)
        {
            self.admission.leave_from(network);
        }
    }

    /// What an address is counted by, if it is.
    fn network(&self, address: SocketAddr) -> Option<IpAddr> {
        self.quotas.network(address.ip())
    }
}
