//! Links: streams that delay, break and die silently; datagrams that are lost, repeated and reordered.

use std::collections::BTreeSet;
use std::time::Duration;

use mobileim_hub::CloseReason;
use mobileim_protocol::batch::SEPARATOR;
use mobileim_protocol::client::LinkId;
use mobileim_protocol::datagram::{self, Assembly};
use mobileim_protocol::{Instant, MAX_BODY, Transport};

use super::device::{acknowledged_fp, sent_fp};
use super::server::ConnectionId;
use super::world::{Event, World};

/// What lies between a client's link and the server: a stream connection, or the address that the server sees a
/// client's datagrams come from.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) device: usize,
    pub(super) link: LinkId,
    pub(super) transport: Transport,
    /// What is sent is never seen again, and nobody is told.
    pub(super) swallows_up: bool,
    pub(super) swallows_down: bool,
    /// What has come back acknowledged on a stream.
    pub(super) acknowledged: BTreeSet<String>,
    /// Long bodies of which not all datagrams have come.
    pub(super) up: Parts,
    pub(super) down: Parts,
    /// When the last thing arrives that was sent: a stream keeps its order.
    last_up: Instant,
    last_down: Instant,
}

/// One end of a datagram link, which puts together what was cut.
#[derive(Debug)]
pub(super) struct Parts(Assembly<()>);

impl Parts {
    fn new() -> Self {
        Self(Assembly::new(8 * MAX_BODY, 8 * MAX_BODY))
    }

    /// The body that is there, or complete, with what arrived.
    pub(super) fn whole(&mut self, now: Instant, arrived: Vec<u8>) -> Option<Vec<u8>> {
        if datagram::is_part(&arrived) {
            self.0.receive(now, (), &arrived)
        } else {
            Some(arrived)
        }
    }
}

impl World {
    pub(super) fn connect(&mut self, index: usize, link: LinkId) {
        let transport = self.devices[index].transport;
        let id = self.new_wire(index, link);
        if transport.is_datagram() {
            return self.client(index, |client, now| client.handle_connected(now, link));
        }
        let after = self.delay();
        self.schedule(after, Event::Accept(id));
    }

    fn new_wire(&mut self, index: usize, link: LinkId) -> ConnectionId {
        let id = self.wires.len();
        self.wires.push(Wire {
            device: index,
            link,
            transport: self.devices[index].transport,
            swallows_up: false,
            swallows_down: false,
            acknowledged: BTreeSet::new(),
            up: Parts::new(),
            down: Parts::new(),
            last_up: self.now,
            last_down: self.now,
        });
        self.devices[index].connection = Some((link, id));
        id
    }

    /// A NAT forgets: the same socket comes from another address, and what is sent to the old one is lost.
    pub(super) fn rebind(&mut self, index: usize) {
        if self.devices[index].transport.is_datagram()
            && let Some((link, old)) = self.devices[index].connection
        {
            self.log(|| format!("device {index}: has another address"));
            self.wires[old].swallows_down = true;
            self.new_wire(index, link);
        }
    }

    pub(super) fn accept(&mut self, id: ConnectionId) {
        let Wire { transport, .. } = self.wires[id];
        let after = self.delay();
        if self.server.is_some() {
            self.serve(|server, now| server.accept(now, id, transport));
            self.schedule(after, Event::Opened(id));
        } else {
            self.schedule(after, Event::ClosedDown(id));
        }
    }

    pub(super) fn opened(&mut self, id: ConnectionId) {
        let Wire { device, link, .. } = self.wires[id];
        if self.devices[device].connection == Some((link, id)) {
            self.client(device, |client, now| client.handle_connected(now, link));
        }
    }

    pub(super) fn transmit_up(&mut self, index: usize, link: LinkId, body: &str) {
        let Some((current, id)) = self.devices[index].connection else {
            return;
        };
        if current != link || self.wires[id].swallows_up {
            return;
        }
        if self.devices[index].cuts_bodies(link) {
            for part in datagram::cut(body.as_bytes()) {
                self.send_up(id, |id| Event::Up(id, Some(part.clone())));
            }
        } else {
            self.send_up(id, |id| Event::Up(id, Some(body.as_bytes().to_vec())));
        }
    }

    pub(super) fn transmit_down(&mut self, id: ConnectionId, body: &[u8]) {
        if self.wires[id].swallows_down {
            return;
        }
        if self.wires[id].transport.is_datagram() {
            // A body that is long enough to be cut goes to a client that has said that it takes it.
            for part in datagram::cut(body) {
                for after in self.datagrams() {
                    self.schedule(after, Event::Down(id, part.clone()));
                }
            }
        } else {
            let after = self.in_order_down(id);
            self.schedule(after, Event::Down(id, body.to_vec()));
        }
    }

    /// What has come down, now and then with what comes behind it in the same frame, if the client takes that.
    pub(super) fn batch(&mut self, event: Event) -> Event {
        let Event::Down(id, mut frame) = event else {
            return event;
        };
        let Wire { device, link, .. } = self.wires[id];
        if self.devices[device].takes_batches(link) {
            for _ in 0..self.rng.u32(0..4) {
                let of_wire = |event: &Event| matches!(event, Event::Down(other, _) | Event::ClosedDown(other) if *other == id);
                let behind = self.events.iter().find(|(_, event)| of_wire(event));
                let Some((&key, Event::Down(_, body))) = behind else {
                    break;
                };
                frame.push(SEPARATOR);
                frame.extend_from_slice(body);
                self.events.remove(&key);
            }
        }
        Event::Down(id, frame)
    }

    fn send_up(&mut self, id: ConnectionId, event: impl Fn(ConnectionId) -> Event) {
        if self.wires[id].transport.is_datagram() {
            for after in self.datagrams() {
                self.schedule(after, event(id));
            }
        } else {
            let arrival = self.now + self.delay();
            let arrival = arrival.max(self.wires[id].last_up);
            self.wires[id].last_up = arrival;
            self.schedule(arrival.since(self.now), event(id));
        }
    }

    fn in_order_down(&mut self, id: ConnectionId) -> Duration {
        let arrival = self.now + self.delay();
        let arrival = arrival.max(self.wires[id].last_down);
        self.wires[id].last_down = arrival;
        arrival.since(self.now)
    }

    /// When the copies of a datagram arrive.
    fn datagrams(&mut self) -> Vec<Duration> {
        let copies = if self.rng.u32(0..100) < self.network.loss {
            0
        } else {
            1 + usize::from(self.rng.u32(0..100) < self.network.duplication)
        };
        (0..copies).map(|_| self.delay()).collect()
    }

    /// A browser answers a Ping whatever its page does.
    pub(super) fn ping(&mut self, id: ConnectionId) {
        let wire = &self.wires[id];
        let Wire { device, link, .. } = *wire;
        let open = self.devices[device].connection == Some((link, id));
        if open && !wire.swallows_down && !wire.swallows_up {
            let after = self.delay();
            self.schedule(after, Event::Up(id, None));
        }
    }

    pub(super) fn arrive_up(&mut self, id: ConnectionId, body: Option<Vec<u8>>) {
        let transport = self.wires[id].transport;
        let body = match body {
            Some(arrived) => {
                let Some(body) = self.wires[id].up.whole(self.now, arrived) else {
                    return;
                };
                Some(body)
            }
            None => None,
        };
        if !transport.is_datagram()
            && let Some(fp) = body.as_deref().and_then(sent_fp)
            && self.plan.closes_on(&fp)
        {
            self.log(|| format!("proxy: closes connection {id} on {fp}"));
            self.serve(|server, now| server.close(now, id, CloseReason::Disconnected));
            return self.close_down(id);
        }
        // While the application decides about something, what comes after it waits.
        if !transport.is_datagram()
            && self.plan.decision.is_none()
            && let Some(fp) = body.as_deref().and_then(acknowledged_fp)
        {
            self.wires[id].acknowledged.insert(fp);
        }
        let mut asks = false;
        let mut unknown = false;
        self.serve(|server, now| {
            if !server.knows(id) {
                if !transport.is_datagram() {
                    unknown = true;
                    return;
                }
                server.accept(now, id, transport);
            }
            asks = server.receive(now, id, body);
        });
        if asks {
            self.schedule_decision(id);
        }
        // A server that is gone, or was another process then, resets the connection.
        if unknown || self.server.is_none() {
            self.close_down(id);
        }
    }

    /// The client closes its end, after what it has sent.
    pub(super) fn disconnect(&mut self, index: usize, link: LinkId) {
        if let Some((current, id)) = self.devices[index].connection
            && current == link
        {
            self.devices[index].connection = None;
            if !self.wires[id].transport.is_datagram() && !self.wires[id].swallows_up {
                self.send_up(id, Event::ClosedUp);
            }
        }
    }

    /// The server's end is closed, after what it has sent.
    pub(super) fn close_down(&mut self, id: ConnectionId) {
        if !self.wires[id].transport.is_datagram() && !self.wires[id].swallows_down {
            let after = self.in_order_down(id);
            self.schedule(after, Event::ClosedDown(id));
        }
    }

    /// A connection breaks, and what is under way is lost.
    pub(super) fn cut(&mut self, index: usize) {
        if let Some((_, id)) = self.devices[index].connection
            && !self.wires[id].transport.is_datagram()
        {
            self.log(|| format!("device {index}: its connection is cut"));
            self.lose_under_way(id);
            let wire = &mut self.wires[id];
            (wire.swallows_up, wire.swallows_down) = (true, true);
            let (up, down) = (self.delay(), self.delay());
            self.schedule(up, Event::ClosedUp(id));
            self.schedule(down, Event::ClosedDown(id));
        }
    }

    /// A connection dies in one direction or both, and nobody is told.
    pub(super) fn swallow(&mut self, index: usize) {
        if let Some((_, id)) = self.devices[index].connection {
            let (up, down) = [(true, false), (false, true), (true, true)][self.rng.usize(0..3)];
            self.log(|| format!("device {index}: nothing gets through (up: {up}, down: {down})"));
            self.wires[id].swallows_up |= up;
            self.wires[id].swallows_down |= down;
        }
    }
}
