//! What an idle session takes of the server's memory.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use mobileim_protocol::Transport;
use serde::Serialize;

use crate::body;
use crate::link::{Links, Outgoing, RETRANSMIT_AFTER, Role};
use crate::process;
use crate::server::Server;

#[derive(Debug, Serialize)]
pub(crate) struct Idle {
    pub(crate) sessions: u32,
    /// Resident memory of the server, in KiB.
    pub(crate) before_kib: u64,
    pub(crate) after_kib: u64,
    pub(crate) bytes_per_session: u64,
}

/// A bound on the wait for answers.
const PATIENCE: Duration = Duration::from_secs(10);

/// A client that sends a heartbeat, then nothing.
struct Sleeper {
    heartbeat: String,
    answers: u32,
}

impl Role for Sleeper {
    fn begin(&mut self, outgoing: &mut Outgoing) {
        outgoing.send(self.heartbeat.as_bytes());
    }

    fn receive(&mut self, _now: Instant, body: &[u8], _outgoing: &mut Outgoing) {
        self.answers += u32::from(body::is_heartbeat_answer(body));
    }
}

/// Logs this many clients in and has each send a heartbeat, so that a session has done all that idle ones do.
pub(crate) fn measure(
    server: &Server,
    transport: Transport,
    sessions: u32,
) -> Result<Idle, Box<dyn Error>> {
    // One session first: what the server does once, it does now.
    let address = server.address(transport)?;
    let _first = log_in(address, transport, "first", 1)?;
    let before_kib = process::resident_kib(server.pid())?;
    let _links = log_in(address, transport, "idle", sessions)?;
    // What a session needs only while it does something, it may give back a little later.
    thread::sleep(Duration::from_secs(1));
    let after_kib = process::resident_kib(server.pid())?;
    let grown = after_kib.saturating_sub(before_kib) * 1024;
    Ok(Idle {
        sessions,
        before_kib,
        after_kib,
        bytes_per_session: grown / u64::from(sessions.max(1)),
    })
}

fn log_in(
    address: SocketAddr,
    transport: Transport,
    name: &str,
    sessions: u32,
) -> io::Result<Links<Sleeper>> {
    let mut links = Links::new(transport, address)?;
    for number in 0..sessions {
        let user = format!("{name}-{number}");
        let heartbeat = body::heartbeat(&user);
        links.add(
            &user,
            Sleeper {
                heartbeat,
                answers: 0,
            },
        )?;
    }
    links.log_in(0)?;
    wait_for_heartbeats(&mut links)?;
    Ok(links)
}

/// Waits until each had a heartbeat answered.
fn wait_for_heartbeats(links: &mut Links<Sleeper>) -> io::Result<()> {
    let mut again_at = Instant::now() + RETRANSMIT_AFTER;
    links.run_until(PATIENCE, "heartbeats", |links, now| {
        if now >= again_at {
            // Datagrams may be lost.
            again_at = now + RETRANSMIT_AFTER;
            links.for_each(|sleeper, outgoing| {
                if sleeper.answers == 0 {
                    outgoing.send(sleeper.heartbeat.as_bytes());
                }
            })?;
        }
        Ok(links.roles().all(|sleeper| sleeper.answers > 0))
    })
}
