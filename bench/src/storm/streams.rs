//! TCP: a connection for each client.

use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use mobileim_protocol::client::LinkId;
use mobileim_protocol::framing::{self, Frame};

use super::crowd::{Happening, Wire};

/// The longest body that the server sends.
const MAX_BODY: usize = 1 << 20;

pub(super) struct Streams {
    poll: Poll,
    events: Events,
    server: SocketAddr,
    all: Vec<Option<Stream>>,
    /// Attempts that failed at once.
    failed: Vec<(u32, LinkId)>,
}

struct Stream {
    socket: TcpStream,
    link: LinkId,
    is_connected: bool,
    received: Vec<u8>,
}

impl Streams {
    pub(super) fn new(server: SocketAddr, clients: u32) -> io::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            server,
            all: (0..clients).map(|_| None).collect(),
            failed: Vec::new(),
        })
    }

    fn read(&mut self, client: u32, happenings: &mut Vec<Happening>) {
        let Some(stream) = &mut self.all[client as usize] else {
            return;
        };
        let link = stream.link;
        if !stream.is_connected {
            stream.is_connected = stream.socket.peer_addr().is_ok();
            if stream.is_connected {
                happenings.push(Happening::Connected(client, link));
            }
        }
        let mut buffer = [0; 4096];
        let is_open = loop {
            match stream.socket.read(&mut buffer) {
                Ok(0) => break false,
                Ok(len) => stream.received.extend_from_slice(&buffer[..len]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break true,
                Err(error) if error.kind() == io::ErrorKind::NotConnected => break true,
                Err(_) => break false,
            }
        };
        let mut taken = 0;
        while let Ok(Frame::Complete { body, consumed }) =
            framing::split_frame(&stream.received[taken..], MAX_BODY)
        {
            happenings.push(Happening::Received(client, link, body.to_vec()));
            taken += consumed;
        }
        stream.received.drain(..taken);
        if !is_open {
            self.all[client as usize] = None;
            happenings.push(Happening::Closed(client, link));
        }
    }
}

impl Wire for Streams {
    fn connect(&mut self, client: u32, link: LinkId) -> io::Result<()> {
        let Ok(mut stream) = TcpStream::connect(self.server) else {
            self.failed.push((client, link));
            return Ok(());
        };
        let both = Interest::READABLE | Interest::WRITABLE;
        let token = Token(client as usize);
        self.poll.registry().register(&mut stream, token, both)?;
        self.all[client as usize] = Some(Stream {
            socket: stream,
            link,
            is_connected: false,
            received: Vec::new(),
        });
        Ok(())
    }

    fn send(&mut self, client: u32, body: &str) -> io::Result<()> {
        if let Some(stream) = &mut self.all[client as usize] {
            let mut bytes = Vec::new();
            framing::write_frame(body.as_bytes(), &mut bytes);
            // A new connection has room for a login. One that has ended says so when it is read.
            let _ = stream.socket.write(&bytes);
        }
        Ok(())
    }

    fn disconnect(&mut self, client: u32) {
        self.all[client as usize] = None;
    }

    fn wait(&mut self, wait: Duration, happenings: &mut Vec<Happening>) -> io::Result<()> {
        let failed = self.failed.drain(..);
        happenings.extend(failed.map(|(client, link)| Happening::Closed(client, link)));
        let wait = if happenings.is_empty() {
            wait
        } else {
            Duration::ZERO
        };
        self.poll.poll(&mut self.events, Some(wait))?;
        let ready: Vec<_> = self.events.iter().map(|event| event.token().0).collect();
        for client in ready {
            self.read(u32::try_from(client).expect("it was one"), happenings);
        }
        Ok(())
    }
}
