//! UDP: one socket plays all clients, each from an address of its own.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use mobileim_protocol::Secret;
use mobileim_protocol::client::LinkId;
use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::crowd::{Happening, Wire};
use super::session_secret;

const MAX_DATAGRAM: usize = 4096;
/// The first client's address; 127.0.0.1 is the server's.
const FIRST: u32 = 0x7F01_0000;
/// What a machine lets a socket have at most without asking.
const BUFFER: usize = 4 << 20;

pub(super) struct Datagrams {
    socket: UdpSocket,
    state: UdpSocketState,
    server: SocketAddr,
    /// Each client's link, and whether the server knows its secret.
    links: Vec<(LinkId, bool)>,
    /// Links that are open at once, as nothing has to be.
    connected: Vec<(u32, LinkId)>,
    received: Vec<u8>,
}

impl Datagrams {
    pub(super) fn new(server: SocketAddr) -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        state.set_recv_buffer_size(UdpSockRef::from(&socket), BUFFER)?;
        Ok(Self {
            socket,
            state,
            server,
            links: Vec::new(),
            connected: Vec::new(),
            received: vec![0; BATCH_SIZE * MAX_DATAGRAM],
        })
    }

    /// Takes what is there. Returns whether anything was.
    fn receive(&mut self, happenings: &mut Vec<Happening>) -> io::Result<bool> {
        let mut meta = [RecvMeta::default(); BATCH_SIZE];
        let mut chunks = self.received.chunks_exact_mut(MAX_DATAGRAM);
        let mut slices: [IoSliceMut<'_>; BATCH_SIZE] =
            std::array::from_fn(|_| IoSliceMut::new(chunks.next().expect("a chunk for each")));
        let socket = UdpSockRef::from(&self.socket);
        let count = match self.state.recv(socket, &mut slices, &mut meta) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error),
        };
        for (meta, slice) in meta.iter().zip(&slices).take(count) {
            let Some(IpAddr::V4(to)) = meta.dst_ip else {
                continue;
            };
            let number = u32::from(to).wrapping_sub(FIRST);
            let Some((link, is_known)) = self.links.get_mut(number as usize) else {
                continue;
            };
            for datagram in slice[..meta.len].chunks(meta.stride.max(1)) {
                let (secret, body) = Secret::split(datagram);
                *is_known |= secret.is_some();
                happenings.push(Happening::Received(number, *link, body.to_vec()));
            }
        }
        Ok(true)
    }
}

impl Wire for Datagrams {
    fn connect(&mut self, client: u32, link: LinkId) -> io::Result<()> {
        if self.links.len() <= client as usize {
            self.links.resize(client as usize + 1, (link, false));
        }
        self.links[client as usize] = (link, false);
        self.connected.push((client, link));
        Ok(())
    }

    fn send(&mut self, client: u32, body: &str) -> io::Result<()> {
        let mut datagram = Vec::new();
        let (_, is_known) = self.links[client as usize];
        match session_secret(client) {
            Some(secret) if is_known => secret.write(body.as_bytes(), &mut datagram),
            _ => datagram.extend_from_slice(body.as_bytes()),
        }
        let transmit = Transmit {
            destination: self.server,
            ecn: None,
            contents: &datagram,
            segment_size: None,
            src_ip: Some(IpAddr::V4(Ipv4Addr::from(FIRST + client))),
        };
        // What the socket does not take is lost, as it may be on any network.
        match self
            .state
            .try_send(UdpSockRef::from(&self.socket), &transmit)
        {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(()),
        }
    }

    fn disconnect(&mut self, _client: u32) {}

    fn wait(&mut self, wait: Duration, happenings: &mut Vec<Happening>) -> io::Result<()> {
        let connected = self.connected.drain(..);
        happenings.extend(connected.map(|(client, link)| Happening::Connected(client, link)));
        let end = Instant::now() + wait;
        while !self.receive(happenings)? {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || !happenings.is_empty() {
                return Ok(());
            }
            let left = Timespec::try_from(left).expect("it is short");
            poll(&mut [PollFd::new(&self.socket, PollFlags::IN)], Some(&left))?;
        }
        Ok(())
    }
}
