//! Who is told that a user comes online, or goes.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use mobileim_protocol::{Message, MessageType, SERVER, Transport, encode};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::client_questions;
use super::conversations::ask;
use super::home::{Home, Seat};
use super::signals::signals;
use super::world::{FakeLink, UNIX_MILLIS, World, login, seconds, server_with_devices};
use crate::connection::Connection;
use crate::deferred::Deferred;
use crate::devices::Sessions;
use crate::link::CloseReason;
use crate::presence::{PresencePolicy, VisibleTo};
use crate::registry::Config;
use crate::server::{Devices, Hooks, ServerHandle};
use crate::store::{Completion, MemoryStore, Request, Seen, Store};

/// A server that tells everyone who is online.
fn home(sessions: Sessions) -> Home {
    let mut home = Home::of(sessions);
    home.presence.visible_to = VisibleTo::Everyone;
    home.start_again();
    home
}

fn watch(home: &Home, seat: &mut Seat, users: &[&str]) -> Result<Value, i64> {
    ask(home, seat, &json!({"ask": "presence", "users": users}))
}

fn online(user: &str) -> Value {
    json!({"signal": "presence", "with": user, "online": true})
}

fn offline(user: &str) -> Value {
    json!({"signal": "presence", "with": user, "online": false, "lastSeen": UNIX_MILLIS})
}

fn leaves(home: &Home, mut seat: Seat) {
    seat.connection
        .close(home.world.now, CloseReason::LoggedOut);
}

#[test]
fn whoever_watches_is_told_of_the_first_session_and_of_the_end_of_the_last() {
    let mut home = home(Sessions::PerDevice);
    let mut alice = home.sit("alice", "a1", "web");
    let carol = home.sit("carol", "c1", "web");
    let told = watch(&home, &mut alice, &["dave", "carol", "bob", "carol"]).unwrap();
    let expected = json!({"users": [
        {"user": "bob", "online": false},
        {"user": "carol", "online": true},
        {"user": "dave", "online": false},
    ], "hidden": []});
    assert_eq!(told, expected);
    let phone = home.sit("bob", "b1", "ios");
    let laptop = home.sit("bob", "b2", "web");
    home.world.advance(Duration::ZERO);
    assert_eq!(signals(&alice), [online("bob")], "once for all sessions");
    assert_eq!(signals(&carol), Vec::<Value>::new(), "she does not watch");
    leaves(&home, phone);
    home.world.advance(seconds(6));
    assert_eq!(signals(&alice), Vec::<Value>::new(), "one is still there");
    leaves(&home, laptop);
    home.world.advance(seconds(6));
    assert_eq!(signals(&alice), [offline("bob")]);
    let told = watch(&home, &mut alice, &["bob"]).unwrap();
    assert_eq!(told["users"][0]["lastSeen"], UNIX_MILLIS);
}

#[test]
fn who_is_back_soon_was_never_away() {
    let mut home = home(Sessions::Single);
    let mut alice = home.sit("alice", "a1", "web");
    let bob = home.sit("bob", "b1", "web");
    watch(&home, &mut alice, &["bob"]).unwrap();
    leaves(&home, bob);
    home.world.advance(Duration::from_millis(4_999));
    let late = watch(&home, &mut alice, &["bob"]).unwrap();
    assert_eq!(late["users"][0]["online"], true, "the answer says the same");
    let bob = home.sit("bob", "b1", "web");
    home.world.advance(seconds(7));
    assert_eq!(signals(&alice), Vec::<Value>::new());
    leaves(&home, bob);
    home.world.advance(Duration::ZERO);
    assert_eq!(
        signals(&alice),
        [offline("bob")],
        "the clock of the test stands still"
    );
}

#[test]
fn a_session_that_takes_the_place_of_another_is_no_change() {
    let mut home = home(Sessions::Single);
    let mut alice = home.sit("alice", "a1", "web");
    let _first = home.sit("bob", "b1", "web");
    watch(&home, &mut alice, &["bob"]).unwrap();
    let _second = home.sit("bob", "b2", "web");
    home.world.advance(seconds(6));
    assert_eq!(signals(&alice), Vec::<Value>::new());
}

#[test]
fn a_list_takes_the_place_of_the_one_before_and_ends_with_its_session() {
    let mut home = home(Sessions::PerDevice);
    let mut alice = home.sit("alice", "a1", "web");
    watch(&home, &mut alice, &["bob", "carol"]).unwrap();
    watch(&home, &mut alice, &["carol", "dave"]).unwrap();
    let seats = ["bob", "carol", "dave"].map(|user| home.sit(user, "d", "web"));
    home.world.advance(Duration::ZERO);
    assert_eq!(signals(&alice), [online("carol"), online("dave")]);
    let nobody = watch(&home, &mut alice, &[]).unwrap();
    assert_eq!(nobody, json!({"users": [], "hidden": []}));
    assert_eq!(home.world.server.presence().watched(), 0);
    watch(&home, &mut alice, &["bob", "carol"]).unwrap();
    assert_eq!(home.world.server.presence().watched(), 2);
    for seat in seats {
        leaves(&home, seat);
    }
    leaves(&home, alice);
    assert_eq!(home.world.server.presence().watched(), 0);
    home.world.advance(seconds(6));
}

#[test]
fn a_list_that_is_too_long_or_has_what_is_no_user_is_refused_and_changes_nothing() {
    let mut home = Home::with_conversations(Sessions::PerDevice);
    let mut alice = home.sit("alice", "a1", "web");
    assert_eq!(watch(&home, &mut alice, &[]), Err(315), "it is off");
    home.presence = PresencePolicy {
        visible_to: VisibleTo::Everyone,
        max_watched: 2,
        ..PresencePolicy::default()
    };
    home.start_again();
    let mut alice = home.sit("alice", "a1", "web");
    watch(&home, &mut alice, &["bob", "carol"]).unwrap();
    for wrong in [&["bob", "carol", "dave"][..], &["#team"], &["0"], &[""]] {
        assert_eq!(watch(&home, &mut alice, wrong), Err(311), "{wrong:?}");
    }
    let _bob = home.sit("bob", "b1", "web");
    home.world.advance(Duration::ZERO);
    assert_eq!(signals(&alice), [online("bob")]);
}

#[test]
fn an_original_client_is_seen_and_told_nothing() {
    let mut home = home(Sessions::PerDevice);
    let mut alice = home.sit("alice", "a1", "web");
    let mut original = home.sit("bob", "", "");
    let told = watch(&home, &mut alice, &["bob"]).unwrap();
    assert_eq!(told["users"], json!([{"user": "bob", "online": true}]));
    let question = r#"{"ask":"presence","users":["carol"]}"#;
    original.link.bodies();
    let _ = original.say(&home.world, &client_questions::question("q", question));
    let _carol = home.sit("carol", "c1", "web");
    home.world.advance(Duration::ZERO);
    assert_eq!(original.link.sent(), []);
}

#[test]
fn many_who_watch_one_user_are_told_in_turns_and_each_the_last_state() {
    let mut home = home(Sessions::PerDevice);
    let mut crowd: Vec<_> = (0..1500)
        .map(|number| home.sit(&format!("user {number}"), "d", "web"))
        .collect();
    for seat in &mut crowd {
        watch(&home, seat, &["star"]).unwrap();
    }
    let mut alice = home.sit("alice", "a1", "web");
    watch(&home, &mut alice, &["bob"]).unwrap();
    let star = home.sit("star", "s1", "web");
    let _bob = home.sit("bob", "b1", "web");
    let turn = |home: &Home| home.world.server.driver().handle_timeout(home.world.now);
    turn(&home);
    assert_eq!(
        signals(&alice),
        [online("bob")],
        "nobody waits for the crowd"
    );
    let told: Vec<_> = crowd.iter().map(signals).collect();
    let count = told
        .iter()
        .filter(|told| **told == [online("star")])
        .count();
    assert!((256..1024).contains(&count), "{count} in one turn");
    leaves(&home, star);
    home.world.now = home.world.now + seconds(5);
    for _ in 0..10 {
        turn(&home);
    }
    for (seat, before) in crowd.iter().zip(told) {
        let now = signals(seat);
        let known = before.first().is_some_and(|told| *told == online("star"));
        let expected = if known { vec![offline("star")] } else { vec![] };
        assert_eq!(
            now, expected,
            "whoever was not told it came is not told it went"
        );
    }
    assert_eq!(
        home.world
            .server
            .driver()
            .next_deadline()
            .filter(|at| *at <= home.world.now),
        None
    );
}

/// Whom one may see, if that can be found out.
type Visible = Option<Vec<Arc<str>>>;

/// Answers when the test says so.
#[derive(Default)]
struct Decisions(Mutex<VecDeque<oneshot::Receiver<Visible>>>);

impl Decisions {
    fn next(&self) -> oneshot::Sender<Visible> {
        let (decide, decided) = oneshot::channel();
        self.0.lock().push_back(decided);
        decide
    }
}

impl Hooks for Decisions {
    fn visible(
        &self,
        _server: &ServerHandle,
        user: &Arc<str>,
        users: &[Arc<str>],
    ) -> Deferred<Visible> {
        assert_eq!(&**user, "alice");
        assert!(users.is_sorted());
        let decided = self.0.lock().pop_front().expect("a decision for each");
        Deferred::pending(async { decided.await.unwrap() })
    }
}

struct Asking {
    world: World,
    decisions: Arc<Decisions>,
    alice: Connection,
    link: Arc<FakeLink>,
}

impl Asking {
    fn new() -> Self {
        let decisions = Arc::<Decisions>::default();
        let mut config = Config::default();
        config.presence.visible_to = VisibleTo::Asked;
        let hooks = Arc::<Decisions>::clone(&decisions);
        let world = World::with_config_and_hooks(&config, hooks);
        let link = FakeLink::new(Transport::WebSocket);
        let (server, to) = (world.server.clone(), Arc::<FakeLink>::clone(&link));
        let mut alice = Connection::new(server, world.now, to);
        let _ = alice.receive(world.now, login("alice", Some(65_536)).as_bytes());
        link.sent();
        Self {
            world,
            decisions,
            alice,
            link,
        }
    }

    fn ask(&mut self, id: &str, users: &[&str]) {
        let question = json!({"ask": "presence", "users": users}).to_string();
        let mut message = Message::new(MessageType::Question, "alice", SERVER);
        message = message.with_content(question);
        message.fp = Some(id.into());
        let _ = self
            .alice
            .receive(self.world.now, encode(&message).as_bytes());
    }

    /// What alice is told by now, in order: answers and signals.
    fn hears(&mut self) -> Vec<Value> {
        let now = self.world.now;
        let _ = self
            .alice
            .decide(now, &mut Context::from_waker(Waker::noop()));
        self.world.server.driver().handle_timeout(now);
        let sent = self.link.sent().into_iter();
        sent.map(|(_, content)| serde_json::from_str(&content).unwrap())
            .collect()
    }
}

fn users(users: &[&str]) -> Vec<Arc<str>> {
    users.iter().copied().map(Arc::from).collect()
}

#[test]
fn whom_one_may_not_see_is_hidden_and_says_nothing() {
    let mut asking = Asking::new();
    let decide = asking.decisions.next();
    asking.ask("1", &["carol", "bob", "dave"]);
    assert_eq!(asking.hears(), Vec::<Value>::new());
    decide
        .send(Some(users(&["bob", "who was not asked for"])))
        .unwrap();
    let told = json!({"answer": {"users": [{"user": "bob", "online": false}], "hidden": ["carol", "dave"]}});
    assert_eq!(asking.hears(), [told]);
    let _bob = asking.world.log_in("bob", Transport::Tcp);
    let _carol = asking.world.log_in("carol", Transport::Tcp);
    assert_eq!(asking.hears(), [online("bob")]);
    let decide = asking.decisions.next();
    asking.ask("2", &["carol"]);
    decide.send(None).unwrap();
    assert_eq!(asking.hears()[0]["error"]["code"], 316);
    assert_eq!(asking.world.server.presence().watched(), 1, "as before");
    asking.ask("3", &[]);
    assert_eq!(asking.hears().len(), 1, "nobody is asked about nobody");
    assert_eq!(asking.world.server.presence().watched(), 0);
}

#[test]
fn what_was_asked_last_counts_whenever_it_is_answered() {
    let mut asking = Asking::new();
    let [first, second] = [(); 2].map(|()| asking.decisions.next());
    asking.ask("1", &["bob"]);
    asking.ask("2", &["carol"]);
    second.send(Some(users(&["carol"]))).unwrap();
    assert_eq!(asking.hears().len(), 1);
    first.send(Some(users(&["bob"]))).unwrap();
    let told = json!({"answer": {"users": [{"user": "bob", "online": false}], "hidden": []}});
    assert_eq!(asking.hears(), [told], "it is answered");
    let _bob = asking.world.log_in("bob", Transport::Tcp);
    let _carol = asking.world.log_in("carol", Transport::Tcp);
    assert_eq!(asking.hears(), [online("carol")], "and not watched");
}

#[test]
fn a_connection_that_ends_while_the_application_decides_watches_nobody() {
    let mut asking = Asking::new();
    let decide = asking.decisions.next();
    asking.ask("1", &["bob"]);
    let now = asking.world.now;
    asking.alice.close(now, CloseReason::LoggedOut);
    assert!(decide.is_closed());
    assert_eq!(asking.world.server.presence().watched(), 0);
}

/// Remembers when users were online last, from one server to the next.
#[derive(Default)]
struct Remembering {
    messages: MemoryStore,
    seen: Mutex<BTreeMap<Arc<str>, i64>>,
    asked: Mutex<Vec<Arc<str>>>,
}

impl Store for Remembering {
    fn submit(&self, user: &Arc<str>, request: Request) -> Option<Completion> {
        self.messages.submit(user, request)
    }

    fn note_seen(&self, user: &Arc<str>, at: i64) {
        self.seen.lock().insert(Arc::clone(user), at);
    }

    fn last_seen(&self, users: &[Arc<str>]) -> Deferred<Result<Vec<Seen>, String>> {
        self.asked.lock().extend_from_slice(users);
        let seen = self.seen.lock();
        let found = users.iter().filter_map(|user| seen.get_key_value(user));
        let found: Vec<_> = found
            .map(|(user, at)| Seen {
                user: Arc::clone(user),
                at: *at,
            })
            .collect();
        Deferred::pending(async { Ok(found) })
    }
}

#[test]
fn who_was_online_before_the_server_began_is_remembered() {
    let store = Arc::<Remembering>::default();
    let begin = || {
        let mut config = Config::default();
        config.presence.visible_to = VisibleTo::Everyone;
        let store = Arc::<Remembering>::clone(&store);
        let devices = Devices::default();
        let mut asking = Asking::new();
        asking.world.server =
            server_with_devices(&config, store, Arc::new(()), devices, Vec::new());
        let (server, link) = (
            asking.world.server.clone(),
            FakeLink::new(Transport::WebSocket),
        );
        asking.alice =
            Connection::new(server, asking.world.now, Arc::<FakeLink>::clone(&link) as _);
        let login = login("alice", Some(65_536));
        let _ = asking.alice.receive(asking.world.now, login.as_bytes());
        link.sent();
        asking.link = link;
        asking
    };
    let asking = begin();
    let (_, session) = asking.world.log_in("bob", Transport::Tcp);
    let now = asking.world.now;
    asking
        .world
        .server
        .end_session(now, "bob", session, CloseReason::LoggedOut);
    let mut asking = begin();
    let _carol = asking.world.log_in("carol", Transport::Tcp);
    let expected = json!({"answer": {"users": [
        {"user": "bob", "online": false, "lastSeen": UNIX_MILLIS},
        {"user": "carol", "online": true},
        {"user": "dave", "online": false},
    ], "hidden": []}});
    for id in ["1", "2"] {
        asking.ask(id, &["bob", "carol", "dave"]);
        assert_eq!(asking.hears(), std::slice::from_ref(&expected));
    }
    assert_eq!(
        *store.asked.lock(),
        users(&["bob", "dave", "dave"]),
        "bob is known then"
    );
}
