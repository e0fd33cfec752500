//! Users with several devices, at a server that can be started again.

use std::sync::Arc;

use futures_util::FutureExt as _;
use mobileim_protocol::mailbox::Role;
use mobileim_protocol::payload::{self, LoginRequest, LoginResponse};
use mobileim_protocol::{Device, Message, MessageType, SERVER, Transport, decode, encode};
use parking_lot::Mutex;

use super::world::{FakeLink, World, server_with_devices};
use crate::connection::{Connection, Step};
use crate::conversations::{ClientGroups, ConversationPolicy, GroupChange, GroupError};
use crate::deferred::Deferred;
use crate::devices::{DeviceBook, DevicePolicy, RegisteredDevice, Sessions};
use crate::event::Event;
use crate::presence::PresencePolicy;
use crate::registry::Config;
use crate::server::{Devices, Hooks, ServerHandle};
use crate::store::{MemoryStore, StoreLimits};

/// Where devices are written down, until a test takes them from there for the next server.
#[derive(Default)]
pub(super) struct Book {
    pub(super) devices: Mutex<Vec<RegisteredDevice>>,
    pub(super) fails: Mutex<bool>,
}

impl DeviceBook for Book {
    fn put(&self, device: RegisteredDevice) -> Deferred<Result<(), String>> {
        if *self.fails.lock() {
            return Err("the disk is full".to_owned()).into();
        }
        self.remove(&device.user, device.number);
        self.devices.lock().push(device);
        Ok(()).into()
    }

    fn remove(&self, user: &str, number: u16) {
        let is_it = |device: &RegisteredDevice| *device.user == *user && device.number == number;
        self.devices.lock().retain(|device| !is_it(device));
    }
}

/// What is told of sessions.
#[derive(Default)]
pub(super) struct Sightings(pub(super) Mutex<Vec<String>>);

impl Hooks for Sightings {
    fn event(&self, _server: &ServerHandle, event: &Event) {
        let name = |device: &Option<Box<Device>>| {
            let device = device.as_ref();
            device.map_or_else(|| "-".to_owned(), |device| device.id.clone())
        };
        let line = match event {
            Event::Online {
                user,
                device,
                others,
                ..
            } => {
                format!("{user} on {}, {others} others", name(device))
            }
            Event::Offline {
                user,
                device,
                others,
                ..
            } => {
                format!("{user} off {}, {others} others", name(device))
            }
            _ => return,
        };
        self.0.lock().push(line);
    }
}

pub(super) struct Home {
    pub(super) world: World,
    pub(super) book: Arc<Book>,
    store: Arc<MemoryStore>,
    pub(super) sightings: Arc<Sightings>,
    pub(super) policy: DevicePolicy,
    pub(super) conversations: ConversationPolicy,
    pub(super) presence: PresencePolicy,
}

/// Somebody at a device.
pub(super) struct Seat {
    pub(super) connection: Connection,
    pub(super) link: Arc<FakeLink>,
    pub(super) user: String,
    pub(super) answer: Option<LoginResponse>,
}

impl Home {
    pub(super) fn with(policy: DevicePolicy, limits: StoreLimits) -> Self {
        let mut home = Self {
            world: World::new(),
            book: Arc::default(),
            store: Arc::new(MemoryStore::with_limits(limits)),
            sightings: Arc::default(),
            policy,
            conversations: ConversationPolicy::default(),
            presence: PresencePolicy::default(),
        };
        home.start_again();
        home
    }

    pub(super) fn of(sessions: Sessions) -> Self {
        let policy = DevicePolicy {
            sessions,
            ..DevicePolicy::default()
        };
        Self::with(policy, StoreLimits::none())
    }

    /// Where there are groups, and history of what two users write.
    pub(super) fn with_conversations(sessions: Sessions) -> Self {
        let mut home = Self::of(sessions);
        home.conversations = ConversationPolicy {
            direct: true,
            groups: true,
            read_receipts: true,
            clients: ClientGroups::Create,
        };
        home.start_again();
        home
    }

    /// Makes a group with these members, the first of them its owner.
    pub(super) fn make_group(&self, id: &str, members: &[&str]) {
        let role = |number| match number {
            0 => Role::Owner,
            _ => Role::Member,
        };
        let join = members.iter().enumerate();
        let change = GroupChange {
            join: join
                .map(|(number, user)| (Arc::from(*user), role(number)))
                .collect(),
            ..GroupChange::default()
        };
        let made = self.world.server.create_group(id, change);
        made.wait()
            .now_or_never()
            .expect("the store answers at once")
            .unwrap();
    }

    pub(super) fn change_group(&self, id: &str, change: GroupChange) -> Result<(), GroupError> {
        let changed = self.world.server.change_group(id, change);
        changed
            .wait()
            .now_or_never()
            .expect("the store answers at once")
    }

    /// The server ends without a word, and another one begins with what was written down.
    pub(super) fn start_again(&mut self) {
        let config = Config {
            devices: self.policy,
            conversations: self.conversations,
            presence: self.presence,
            ..Config::default()
        };
        let devices = Devices {
            known: self.book.devices.lock().clone(),
            book: Arc::<Book>::clone(&self.book),
        };
        let (store, hooks) = (Arc::clone(&self.store), Arc::clone(&self.sightings));
        self.world.server =
            server_with_devices(&config, store, hooks, devices, self.store.groups());
    }

    pub(super) fn sit(&self, user: &str, device: &str, platform: &str) -> Seat {
        let link = FakeLink::new(Transport::WebSocket);
        link.touch(self.world.now);
        let server = self.world.server.clone();
        let mut seat = Seat {
            connection: Connection::new(server, self.world.now, Arc::<FakeLink>::clone(&link) as _),
            link,
            user: user.to_owned(),
            answer: None,
        };
        let named = (!device.is_empty()).then(|| Device::new(device).with_platform(platform));
        let request = payload::encode(&LoginRequest {
            user_id: user.to_owned(),
            token: String::new(),
            extra: None,
            first_login_time: 0,
            max_batch: None,
            max_body: named.is_some().then_some(65536),
            secret: None,
            device: named,
        });
        let login = Message::new(MessageType::Login, user, SERVER).with_content(request);
        let step = seat.say(&self.world, &login);
        assert!(matches!(step, Step::Continue | Step::Close(_)));
        let bodies = seat.link.bodies();
        if let Some(answer) = bodies.first() {
            let message = decode(answer).unwrap();
            seat.answer = payload::decode(message.content.as_deref()).ok();
            seat.link.put_back(&bodies[1..]);
        }
        seat
    }

    pub(super) fn waiting(&self, mailbox: &str) -> usize {
        self.store.waiting(mailbox)
    }
}

impl Seat {
    pub(super) fn say(&mut self, world: &World, message: &Message<'_>) -> Step {
        let body = encode(message);
        self.connection.receive(world.now, body.as_bytes())
    }

    pub(super) fn send(&mut self, world: &World, to: &str, text: &str) {
        let user = self.user.clone();
        let message = Message::new(MessageType::CommonData, &user, to)
            .with_content(text)
            .with_qos(text);
        assert!(matches!(self.say(world, &message), Step::Continue));
    }

    /// Reads what came, and acknowledges it: messages as "from>to:text", and the fingerprints of one's own that are acknowledged as "✓".
    pub(super) fn reads(&mut self, world: &World) -> Vec<String> {
        let mut read = Vec::new();
        for body in self.link.bodies() {
            let message = decode(&body).unwrap();
            let content = message.content.clone().unwrap_or_default();
            let (from, to) = (
                message.from.unwrap_or_default(),
                message.to.unwrap_or_default(),
            );
            match message.kind {
                MessageType::CommonData => {
                    let acknowledgement = Message::new(MessageType::Received, &self.user, &*from)
                        .with_content(message.fp.unwrap());
                    let body = encode(&acknowledgement);
                    let _ = self.connection.receive(world.now, body.as_bytes());
                    read.push(format!("{from}>{to}:{content}"));
                }
                MessageType::Received => read.push(format!("✓{content}")),
                MessageType::Kickout => read.push("kicked".to_owned()),
                _ => {}
            }
        }
        read
    }
}
