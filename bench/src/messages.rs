//! What an acknowledged message takes, in processor time and in time.

use std::cell::Cell;
use std::error::Error;
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use mobileim_protocol::Transport;
use serde::Serialize;

use crate::body::{self, Template};
use crate::link::{Links, Outgoing, RETRANSMIT_AFTER, Role};
use crate::process;
use crate::server::Server;

/// How the load is spread.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) messages: u32,
    pub(crate) pairs: u32,
    /// Messages that each sender has on their way.
    pub(crate) window: u16,
}

/// Where the receivers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Receivers {
    /// They acknowledge each message.
    Online,
    /// Not there: messages are acknowledged when they are stored.
    Offline,
}

#[derive(Debug, Serialize)]
pub(crate) struct Load {
    pub(crate) messages: u32,
    pub(crate) pairs: u32,
    pub(crate) window: u16,
    pub(crate) seconds: f64,
    pub(crate) messages_per_second: f64,
    /// Processor time of the server for each acknowledged message, in microseconds.
    pub(crate) server_cpu_micros: f64,
    /// The same of the program that makes the load.
    pub(crate) own_cpu_micros: f64,
    /// From sending a message to its acknowledgement, in microseconds.
    pub(crate) latency_p50_micros: u64,
    pub(crate) latency_p99_micros: u64,
    /// Messages that were sent again, since no acknowledgement came for [`RETRANSMIT_AFTER`].
    pub(crate) retransmitted: u32,
}

/// A bound on the whole.
const PATIENCE: Duration = Duration::from_secs(120);

enum Side {
    Sender(Sender),
    Receiver(Receiver),
}

/// Keeps this many messages on their way, until there are no more to send.
struct Sender {
    pair: u32,
    template: Template,
    slots: Vec<Slot>,
    /// Messages that no sender has begun yet.
    left: Rc<Cell<u32>>,
    latencies: Vec<u32>,
    retransmitted: u32,
}

/// One message on its way.
#[derive(Default)]
struct Slot {
    number: u64,
    first_sent: Option<Instant>,
    last_sent: Option<Instant>,
}

/// Acknowledges each message.
struct Receiver {
    acknowledgement: Template,
}

impl Role for Side {
    fn receive(&mut self, now: Instant, body: &[u8], outgoing: &mut Outgoing) {
        match self {
            Self::Sender(sender) => sender.receive(now, body, outgoing),
            Self::Receiver(receiver) => {
                if let Some(fp) = body::fp(body) {
                    outgoing.send(receiver.acknowledgement.with_fp(fp));
                }
            }
        }
    }
}

impl Sender {
    fn start(&mut self, outgoing: &mut Outgoing) {
        for slot in 0..self.slots.len() {
            self.send_next(slot, outgoing);
        }
    }

    fn receive(&mut self, now: Instant, body: &[u8], outgoing: &mut Outgoing) {
        let Some((slot, number)) = body::acknowledged_fp(body).and_then(parse_fp) else {
            return;
        };
        let Some(Slot {
            number: expected,
            first_sent: Some(sent),
            ..
        }) = self.slots.get(slot)
        else {
            return;
        };
        if *expected == number {
            let latency = now.duration_since(*sent).as_micros();
            self.latencies
                .push(u32::try_from(latency).unwrap_or(u32::MAX));
            self.send_next(slot, outgoing);
        }
    }

    fn send_next(&mut self, index: usize, outgoing: &mut Outgoing) {
        let slot = &mut self.slots[index];
        let left = self.left.get();
        if left == 0 {
            slot.first_sent = None;
            return;
        }
        self.left.set(left - 1);
        slot.number += 1;
        // Not the turn's time: what a busy sender waits for itself is no latency of the server.
        slot.first_sent = Some(Instant::now());
        self.transmit(index, outgoing);
    }

    fn transmit(&mut self, index: usize, outgoing: &mut Outgoing) {
        let slot = &mut self.slots[index];
        slot.last_sent = Some(Instant::now());
        let fp = format!(
            "{:08x}-{index:04x}-4000-8000-{:012x}",
            self.pair, slot.number
        );
        outgoing.send(self.template.with_fp(fp.as_bytes()));
    }

    fn retransmit(&mut self, now: Instant, outgoing: &mut Outgoing) {
        for index in 0..self.slots.len() {
            let Slot {
                first_sent: Some(_),
                last_sent: Some(last_sent),
                ..
            } = self.slots[index]
            else {
                continue;
            };
            if now.duration_since(last_sent) >= RETRANSMIT_AFTER {
                self.retransmitted += 1;
                self.transmit(index, outgoing);
            }
        }
    }

    fn is_done(&self) -> bool {
        self.left.get() == 0 && self.slots.iter().all(|slot| slot.first_sent.is_none())
    }
}

/// Slot and number of the message with this fingerprint.
fn parse_fp(fp: &[u8]) -> Option<(usize, u64)> {
    let fp = std::str::from_utf8(fp).ok()?;
    let slot = usize::from_str_radix(fp.get(9..13)?, 16).ok()?;
    let number = u64::from_str_radix(fp.get(24..)?, 16).ok()?;
    Some((slot, number))
}

/// Has pairs exchange messages until all are acknowledged.
pub(crate) fn measure(
    server: &Server,
    transport: Transport,
    shape: Shape,
    receivers: Receivers,
) -> Result<Load, Box<dyn Error>> {
    let left = Rc::new(Cell::new(shape.messages));
    let mut links = connect(server, transport, shape, receivers, &left)?;
    let cpu_before = process::cpu_time(server.pid())?;
    let own_cpu_before = process::cpu_time(std::process::id())?;
    let begun = Instant::now();
    links.for_each(|side, outgoing| {
        if let Side::Sender(sender) = side {
            sender.start(outgoing);
        }
    })?;
    let mut look_at = begun + RETRANSMIT_AFTER;
    links.run_until(PATIENCE, "messages", |links, now| {
        if now >= look_at {
            look_at = now + RETRANSMIT_AFTER / 4;
            retransmit(links, now)?;
        }
        Ok(left.get() == 0
            && links.roles().all(|side| match side {
                Side::Sender(sender) => sender.is_done(),
                Side::Receiver(_) => true,
            }))
    })?;
    let seconds = begun.elapsed().as_secs_f64();
    let cpu = process::cpu_time(server.pid())?.saturating_sub(cpu_before);
    let own_cpu = process::cpu_time(std::process::id())?.saturating_sub(own_cpu_before);
    let mut latencies: Vec<u32> = senders(&links)
        .flat_map(|it| it.latencies.iter().copied())
        .collect();
    latencies.sort_unstable();
    let messages = f64::from(shape.messages);
    Ok(Load {
        messages: shape.messages,
        pairs: shape.pairs,
        window: shape.window,
        seconds,
        messages_per_second: messages / seconds,
        server_cpu_micros: cpu.as_secs_f64() * 1e6 / messages,
        own_cpu_micros: own_cpu.as_secs_f64() * 1e6 / messages,
        latency_p50_micros: percentile(&latencies, 50),
        latency_p99_micros: percentile(&latencies, 99),
        retransmitted: senders(&links).map(|sender| sender.retransmitted).sum(),
    })
}

fn connect(
    server: &Server,
    transport: Transport,
    shape: Shape,
    receivers: Receivers,
    left: &Rc<Cell<u32>>,
) -> io::Result<Links<Side>> {
    let mut links = Links::new(transport, server.address(transport)?)?;
    for pair in 0..shape.pairs {
        let (from, to) = (format!("sender-{pair}"), format!("receiver-{pair}"));
        if receivers == Receivers::Online {
            let receiver = Receiver {
                acknowledgement: Template::acknowledgement(&to, &from),
            };
            links.add(&to, Side::Receiver(receiver))?;
        }
        let sender = Sender {
            pair,
            template: Template::message(&from, &to),
            slots: (0..shape.window).map(|_| Slot::default()).collect(),
            left: Rc::clone(left),
            latencies: Vec::new(),
            retransmitted: 0,
        };
        links.add(&from, Side::Sender(sender))?;
    }
    links.log_in(0)?;
    Ok(links)
}

fn retransmit(links: &mut Links<Side>, now: Instant) -> io::Result<()> {
    links.for_each(|side, outgoing| {
        if let Side::Sender(sender) = side {
            sender.retransmit(now, outgoing);
        }
    })
}

fn senders(links: &Links<Side>) -> impl Iterator<Item = &Sender> {
    links.roles().filter_map(|side| match side {
        Side::Sender(sender) => Some(sender),
        Side::Receiver(_) => None,
    })
}

fn percentile(sorted: &[u32], percent: usize) -> u64 {
    let index = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(index).copied().map_or(0, u64::from)
}
