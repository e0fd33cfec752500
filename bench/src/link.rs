//! Many clients in one thread: sockets, and what is done with the bodies that they bring.

use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::{TcpStream, UdpSocket};
use mio::{Events, Interest, Poll, Token};
use mobileim_protocol::Transport;

use crate::body;
use crate::framing::{self, Split};

/// So many clients log in at the same time: a server's backlog of connections is not what is measured.
const LOGINS_AT_ONCE: usize = 64;
/// A bound on the wait for logins.
const LOGIN_PATIENCE: Duration = Duration::from_secs(30);
/// After this time, datagrams are taken for lost. Far longer than a busy server takes.
pub(crate) const RETRANSMIT_AFTER: Duration = Duration::from_secs(1);

/// What a client does once it is logged in.
pub(crate) trait Role {
    /// It is logged in.
    fn begin(&mut self, _outgoing: &mut Outgoing) {}

    /// A body came.
    fn receive(&mut self, now: Instant, body: &[u8], outgoing: &mut Outgoing);
}

/// What a client has to send.
pub(crate) struct Outgoing {
    transport: Transport,
    /// Frames of a stream that were not yet taken by the kernel, or one datagram after the other.
    bytes: Vec<u8>,
    /// Where each datagram ends.
    ends: Vec<usize>,
}

impl Outgoing {
    pub(crate) fn send(&mut self, body: &[u8]) {
        framing::write(self.transport, body, &mut self.bytes);
        if self.transport == Transport::Udp {
            self.ends.push(self.bytes.len());
        }
    }
}

enum Socket {
    Stream(TcpStream),
    Datagram(UdpSocket),
}

/// One client.
struct Link<R> {
    socket: Socket,
    /// The start of a frame that did not come whole.
    partial: Vec<u8>,
    outgoing: Outgoing,
    upgraded: bool,
    logged_in: bool,
    login: String,
    role: R,
}

/// Clients of one server, over one transport.
pub(crate) struct Links<R> {
    poll: Poll,
    events: Events,
    transport: Transport,
    server: SocketAddr,
    all: Vec<Link<R>>,
    logged_in: usize,
    scratch: Vec<u8>,
}

impl<R: Role> Links<R> {
    pub(crate) fn new(transport: Transport, server: SocketAddr) -> io::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            transport,
            server,
            all: Vec::new(),
            logged_in: 0,
            scratch: vec![0; 64 * 1024],
        })
    }

    /// Adds a client that logs in as this user, sooner or later; [`Links::log_in`] waits for it.
    pub(crate) fn add(&mut self, user: &str, role: R) -> io::Result<()> {
        let token = Token(self.all.len());
        let both = Interest::READABLE | Interest::WRITABLE;
        let socket = if self.transport == Transport::Udp {
            let any = "127.0.0.1:0".parse().expect("it is an address");
            let mut socket = UdpSocket::bind(any)?;
            socket.connect(self.server)?;
            self.poll.registry().register(&mut socket, token, both)?;
            Socket::Datagram(socket)
        } else {
            // Blocks until the server has it: so its backlog is never overrun.
            let stream = std::net::TcpStream::connect(self.server)?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            let mut stream = TcpStream::from_std(stream);
            self.poll.registry().register(&mut stream, token, both)?;
            Socket::Stream(stream)
        };
        let mut link = Link {
            socket,
            partial: Vec::new(),
            outgoing: Outgoing {
                transport: self.transport,
                bytes: Vec::new(),
                ends: Vec::new(),
            },
            upgraded: self.transport != Transport::WebSocket,
            logged_in: false,
            login: body::login(user),
            role,
        };
        if link.upgraded {
            link.outgoing.send(link.login.as_bytes());
        } else {
            link.outgoing
                .bytes
                .extend_from_slice(framing::UPGRADE.as_bytes());
        }
        link.flush()?;
        self.all.push(link);
        self.log_in(LOGINS_AT_ONCE)
    }

    /// Waits until at most this many clients are not logged in.
    pub(crate) fn log_in(&mut self, remaining: usize) -> io::Result<()> {
        let mut retransmit_at = Instant::now() + RETRANSMIT_AFTER;
        self.run_until(LOGIN_PATIENCE, "logins", |links, now| {
            if links.transport == Transport::Udp && now >= retransmit_at {
                retransmit_at = now + RETRANSMIT_AFTER;
                for link in links.all.iter_mut().filter(|link| !link.logged_in) {
                    link.outgoing.send(link.login.as_bytes());
                    link.flush()?;
                }
            }
            Ok(links.all.len() - links.logged_in <= remaining)
        })
    }

    /// Does something with each client.
    pub(crate) fn for_each(
        &mut self,
        mut act: impl FnMut(&mut R, &mut Outgoing),
    ) -> io::Result<()> {
        for link in &mut self.all {
            act(&mut link.role, &mut link.outgoing);
            link.flush()?;
        }
        Ok(())
    }

    /// The first client sends a body.
    pub(crate) fn send_as_first(&mut self, body: &[u8]) -> io::Result<()> {
        let first = &mut self.all[0];
        first.outgoing.send(body);
        first.flush()
    }

    /// Moves bytes until `done` says so, which is asked after each round.
    pub(crate) fn run_until(
        &mut self,
        patience: Duration,
        what: &str,
        mut done: impl FnMut(&mut Self, Instant) -> io::Result<bool>,
    ) -> io::Result<()> {
        let give_up_at = Instant::now() + patience;
        loop {
            let now = Instant::now();
            if done(self, now)? {
                return Ok(());
            }
            if now >= give_up_at {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!("{what}: not done after {patience:?}"),
                ));
            }
            self.turn(Duration::from_millis(100))?;
        }
    }

    fn turn(&mut self, timeout: Duration) -> io::Result<()> {
        match self.poll.poll(&mut self.events, Some(timeout)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            result => result?,
        }
        let now = Instant::now();
        for event in &self.events {
            let link = &mut self.all[event.token().0];
            if event.is_readable() {
                let was_logged_in = link.logged_in;
                link.read(now, self.transport, &mut self.scratch)?;
                self.logged_in += usize::from(link.logged_in && !was_logged_in);
            }
            link.flush()?;
        }
        Ok(())
    }

    pub(crate) fn roles(&self) -> impl Iterator<Item = &R> {
        self.all.iter().map(|link| &link.role)
    }
}

impl<R: Role> Link<R> {
    /// Reads all there is, and hands on each body.
    fn read(&mut self, now: Instant, transport: Transport, scratch: &mut [u8]) -> io::Result<()> {
        loop {
            let read = match &mut self.socket {
                Socket::Stream(stream) => stream.read(scratch),
                Socket::Datagram(socket) => socket.recv(scratch),
            };
            let received = match read {
                Ok(0) => return Err(io::ErrorKind::ConnectionAborted.into()),
                Ok(len) => &scratch[..len],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            if self.partial.is_empty() {
                let consumed = self.split(now, transport, received)?;
                self.partial.extend_from_slice(&received[consumed..]);
            } else {
                let mut joined = std::mem::take(&mut self.partial);
                joined.extend_from_slice(received);
                let consumed = self.split(now, transport, &joined)?;
                joined.drain(..consumed);
                self.partial = joined;
            }
        }
    }

    /// Hands on each whole body; says how many bytes they took.
    fn split(&mut self, now: Instant, transport: Transport, received: &[u8]) -> io::Result<usize> {
        let mut at = 0;
        while at < received.len() {
            match framing::split(transport, self.upgraded, &received[at..]) {
                Split::Body(body, consumed) => {
                    at += consumed;
                    if self.logged_in {
                        self.role.receive(now, body, &mut self.outgoing);
                    } else if body::is_login_accepted(body) {
                        self.logged_in = true;
                        self.role.begin(&mut self.outgoing);
                    } else {
                        return Err(io::Error::other("a login was refused"));
                    }
                }
                Split::Other(consumed) => {
                    at += consumed;
                    if !self.upgraded {
                        self.upgraded = true;
                        self.outgoing.send(self.login.as_bytes());
                    }
                }
                Split::Incomplete => break,
            }
        }
        Ok(at)
    }

    /// Gives the kernel what it takes.
    fn flush(&mut self) -> io::Result<()> {
        let Outgoing { bytes, ends, .. } = &mut self.outgoing;
        match &mut self.socket {
            Socket::Stream(stream) => {
                while !bytes.is_empty() {
                    match stream.write(bytes) {
                        Ok(written) => drop(bytes.drain(..written)),
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                        Err(error) => return Err(error),
                    }
                }
            }
            Socket::Datagram(socket) => {
                let mut start = 0;
                for end in ends.drain(..) {
                    match socket.send(&bytes[start..end]) {
                        // A full buffer loses it, as a network would.
                        Err(error) if error.kind() != io::ErrorKind::WouldBlock => {
                            return Err(error);
                        }
                        _ => start = end,
                    }
                }
                bytes.clear();
            }
        }
        Ok(())
    }
}
