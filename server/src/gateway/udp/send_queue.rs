//! Datagrams that wait to be sent.

use std::io;
use std::mem;
use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use mobileim_protocol::Secret;
use parking_lot::Mutex;
use quinn_udp::{Transmit, UdpSocketState};
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::sync::Notify;

use mobileim_hub::Counters;

/// What may wait at most. Past it, datagrams are lost as they would be in the network.
const MAX_WAITING: usize = 64 * 1024;
/// What is given to the kernel as one, to be cut into datagrams there: less than the longest datagram.
const MAX_SEGMENTED: usize = 60_000;

/// A datagram to be sent.
#[derive(Debug)]
pub(super) struct Datagram {
    pub(super) to: SocketAddr,
    /// The address of this machine that the other end knows.
    pub(super) from: Option<IpAddr>,
    /// What it begins with.
    pub(super) secret: Option<Secret>,
    pub(super) body: Bytes,
}

impl Datagram {
    /// Adds it as it goes out.
    fn write(&self, buffer: &mut Vec<u8>) {
        match self.secret {
            Some(secret) => secret.write(&self.body, buffer),
            None => buffer.extend_from_slice(&self.body),
        }
    }
}

/// A queue between all senders and the one task that writes to the socket.
#[derive(Default)]
pub(super) struct SendQueue {
    queue: Mutex<Queue>,
    filled: Notify,
}

#[derive(Default)]
struct Queue {
    datagrams: Vec<Datagram>,
    /// The writing task will look here before it sleeps.
    flush_expected: bool,
}

impl SendQueue {
    /// Adds a datagram; says whether there was room.
    pub(super) fn push(&self, datagram: Datagram) -> bool {
        let mut queue = self.queue.lock();
        if queue.datagrams.len() >= MAX_WAITING {
            return false;
        }
        queue.datagrams.push(datagram);
        if !mem::replace(&mut queue.flush_expected, true) {
            drop(queue);
            self.filled.notify_one();
        }
        true
    }

    /// Says that [`SendQueue::flush`] will follow, so that nobody needs to ask for it.
    pub(super) fn expect_flush(&self) {
        self.queue.lock().flush_expected = true;
    }

    /// What waits.
    #[cfg(test)]
    pub(super) fn take(&self) -> Vec<Datagram> {
        mem::take(&mut self.queue.lock().datagrams)
    }

    /// Waits until there is something to flush.
    pub(super) async fn filled(&self) {
        self.filled.notified().await;
    }

    /// Sends everything.
    pub(super) async fn flush(
        &self,
        socket: &UdpSocket,
        state: &UdpSocketState,
        counters: &Counters,
    ) {
        let mut contents = Vec::new();
        loop {
            let datagrams = {
                let mut queue = self.queue.lock();
                queue.flush_expected = !queue.datagrams.is_empty();
                mem::take(&mut queue.datagrams)
            };
            if datagrams.is_empty() {
                return;
            }
            let mut rest = &datagrams[..];
            while let Some(first) = rest.first() {
                let (group, others) = rest.split_at(group_len(rest, state.max_gso_segments()));
                rest = others;
                if group.len() > 1 {
                    contents.clear();
                    first.write(&mut contents);
                    let size = Some(contents.len());
                    for datagram in &group[1..] {
                        datagram.write(&mut contents);
                    }
                    if send(socket, state, first, &contents, size).await.is_ok() {
                        continue;
                    }
                    // The device cannot cut them, or the path takes only smaller ones.
                }
                for datagram in group {
                    let mut whole = &datagram.body[..];
                    if datagram.secret.is_some() {
                        contents.clear();
                        datagram.write(&mut contents);
                        whole = &contents;
                    }
                    let sent = send(socket, state, datagram, whole, None).await;
                    if sent.is_err() {
                        counters.lost_datagrams.count();
                    }
                }
            }
        }
    }
}

/// How many of the first datagrams can be sent as one: to one receiver, of one size but the last.
fn group_len(datagrams: &[Datagram], max: usize) -> usize {
    let Some((first, others)) = datagrams.split_first() else {
        return 0;
    };
    let size = first.body.len();
    let mut len = 1;
    for datagram in others {
        let fits = len < max
            && (len + 1) * size <= MAX_SEGMENTED
            && datagram.body.len() <= size
            && (datagram.to, datagram.from) == (first.to, first.from)
            && datagram.secret == first.secret;
        if !fits {
            break;
        }
        len += 1;
        if datagram.body.len() < size {
            break;
        }
    }
    len
}

async fn send(
    socket: &UdpSocket,
    state: &UdpSocketState,
    datagram: &Datagram,
    contents: &[u8],
    segment_size: Option<usize>,
) -> io::Result<()> {
    let transmit = Transmit {
        destination: datagram.to,
        ecn: None,
        contents,
        segment_size,
        src_ip: datagram.from,
    };
    loop {
        let sent = socket.try_io(Interest::WRITABLE, || {
            state.try_send(socket.into(), &transmit)
        });
        match sent {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => socket.writable().await?,
            sent => return sent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn datagram(port: u16, len: usize) -> Datagram {
        Datagram {
            to: SocketAddr::from(([127, 0, 0, 1], port)),
            from: None,
            secret: None,
            body: Bytes::from(vec![0; len]),
        }
    }

    #[test]
    fn datagrams_of_one_size_to_one_receiver_go_together() {
        let same = [datagram(1, 9), datagram(1, 9), datagram(1, 9)];
        assert_eq!(group_len(&same, 64), 3);
        assert_eq!(group_len(&same, 2), 2);
        assert_eq!(group_len(&same, 1), 1);
    }

    #[test]
    fn a_shorter_datagram_ends_a_group_and_a_longer_one_begins_the_next() {
        let shorter = [datagram(1, 9), datagram(1, 5), datagram(1, 5)];
        assert_eq!(group_len(&shorter, 64), 2);
        let longer = [datagram(1, 5), datagram(1, 9)];
        assert_eq!(group_len(&longer, 64), 1);
    }

    #[test]
    fn receivers_are_kept_apart() {
        assert_eq!(group_len(&[datagram(1, 9), datagram(2, 9)], 64), 1);
        let before_and_after = [
            datagram(1, 9),
            Datagram {
                secret: Secret::new(1),
                ..datagram(1, 9)
            },
        ];
        assert_eq!(group_len(&before_and_after, 64), 1);
    }

    #[test]
    fn a_group_fits_in_one_datagram() {
        let long: Vec<_> = (0..64).map(|_| datagram(1, 2048)).collect();
        assert_eq!(group_len(&long, 64), MAX_SEGMENTED / 2048);
    }
}
