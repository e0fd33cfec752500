//! Sessions that have a secret, and others who write their addresses on datagrams.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use mobileim_hub::Clock;
use mobileim_protocol::decode;
use mobileim_protocol::payload::LoginResponse;

use super::*;

const SECRET: Option<Secret> = Secret::new(0x0123_4567_89ab_cdef);
const OTHER: Option<Secret> = Secret::new(1);
const NONE: Option<Secret> = None;

/// A server whose time passes when the test says so, and that lets everybody in.
struct World {
    peers: Arc<Peers>,
    clock: Arc<StoppedClock>,
}

struct StoppedClock(AtomicU64);

impl Clock for StoppedClock {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.load(Ordering::Relaxed))
    }

    fn unix_millis(&self) -> i64 {
        1_700_000_000_000
    }
}

impl World {
    fn new() -> Self {
        Self::with(&Config::default(), &Limits::default())
    }

    fn with(config: &Config, limits: &Limits) -> Self {
        let clock = Arc::new(StoppedClock(AtomicU64::new(1_000_000)));
        let server = ServerHandle::new(Parts {
            config: *config,
            store: Arc::new(NoStore),
            authenticator: Arc::new(|_: &LoginRequest| Deferred::Ready(LoginVerdict::Accept)),
            hooks: Arc::new(()),
            journal: Arc::new(()),
            clock: Arc::<StoppedClock>::clone(&clock),
            devices: mobileim_hub::Devices::default(),
            groups: Vec::new(),
            seed: 1,
        });
        let admission = Arc::new(Admission::new(Origins::Any, limits));
        let peers = Peers::new(server, Arc::default(), Arc::new(*limits), admission);
        Self { peers, clock }
    }

    fn wait(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap();
        self.clock.0.fetch_add(micros, Ordering::Relaxed);
    }

    /// A datagram comes from the one address of these tests. Returns what is sent to it.
    fn hear(&self, secret: Option<Secret>, body: &str) -> Vec<(Option<Secret>, String)> {
        self.hear_from(address(1), secret, body)
    }

    fn hear_from(
        &self,
        from: SocketAddr,
        secret: Option<Secret>,
        body: &str,
    ) -> Vec<(Option<Secret>, String)> {
        let mut datagram = Vec::new();
        match secret {
            Some(secret) => secret.write(body.as_bytes(), &mut datagram),
            None => datagram.extend_from_slice(body.as_bytes()),
        }
        self.peers.receive(from, None, &datagram);
        let sent = self.peers.send_queue.take();
        let sent = sent.into_iter().map(|datagram| {
            let body = String::from_utf8(datagram.body.to_vec()).unwrap();
            (datagram.secret, body)
        });
        sent.collect()
    }

    /// Logs in, says what the answer begins with.
    fn log_in(&self, user: &str, secret: Option<Secret>) -> Option<Secret> {
        let answers = self.hear(NONE, &login_as(user, secret));
        let [(with, answer)] = &answers[..] else {
            panic!("{answers:?}");
        };
        assert_eq!(code(answer), 0, "{answer}");
        *with
    }

    fn is_online(&self, user: &str) -> bool {
        self.peers.server.is_online(user)
    }

    fn forged(&self) -> u64 {
        self.peers.server.stats().forged_datagrams
    }
}

fn login_as(user: &str, secret: Option<Secret>) -> String {
    let request = LoginRequest {
        user_id: user.to_owned(),
        token: "token".to_owned(),
        extra: None,
        first_login_time: 0,
        max_batch: None,
        max_body: secret.map(|_| 65_536),
        secret,
        device: None,
    };
    let content = payload::encode(&request);
    encode(&Message::new(MessageType::Login, user, SERVER).with_content(content))
}

fn body(kind: MessageType) -> String {
    encode(&Message::new(kind, "alice", SERVER).with_content("{}"))
}

fn kind(body: &str) -> MessageType {
    decode(body.as_bytes()).unwrap().kind
}

fn code(answer: &str) -> i64 {
    let message = decode(answer.as_bytes()).unwrap();
    assert_eq!(message.kind, MessageType::LoginResponse);
    let response: LoginResponse = payload::decode(message.content.as_deref()).unwrap();
    response.code
}

#[test]
fn what_is_said_to_a_session_begins_with_its_secret() {
    let world = World::new();
    assert_eq!(world.log_in("alice", SECRET), SECRET);
    let answers = world.hear(SECRET, &body(MessageType::KeepAlive));
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].0, SECRET);
    assert_eq!(kind(&answers[0].1), MessageType::KeepAliveResponse);
}

#[test]
fn without_the_secret_nobody_speaks_in_its_name_or_ends_it() {
    let world = World::new();
    world.log_in("alice", SECRET);
    let forged = [
        body(MessageType::Logout),
        body(MessageType::KeepAlive),
        body(MessageType::Echo),
        body(MessageType::CommonData),
        body(MessageType::Received),
        login_as("alice", None),
        login_as("alice", OTHER),
        login_as("mallory", OTHER),
        "garbage".to_owned(),
    ];
    for (secret, body) in [NONE, OTHER]
        .into_iter()
        .flat_map(|secret| forged.iter().map(move |body| (secret, body)))
    {
        assert_eq!(world.hear(secret, body), [], "{secret:?} {body}");
    }
    assert_eq!(world.forged(), 2 * forged.len() as u64);
    assert!(world.is_online("alice") && !world.is_online("mallory"));
    assert_eq!(world.hear(SECRET, &body(MessageType::Logout)), []);
    assert!(!world.is_online("alice"));
}

#[test]
fn a_login_whose_answer_was_lost_is_repeated_without_the_secret_before_it() {
    let world = World::new();
    for _ in 0..3 {
        assert_eq!(world.log_in("alice", SECRET), SECRET);
    }
    assert_eq!(world.forged(), 0);
}

#[tokio::test]
async fn what_comes_while_a_login_is_decided_is_not_taken_for_the_session() {
    let (decided, decide) = watch::channel(false);
    let peers = deciding(&decide, Quotas::unlimited(), LoginVerdict::Accept);
    let login = login_as("alice", SECRET);
    for body in [&*login, &login, &body(MessageType::Logout)] {
        peers.receive(address(1), None, body.as_bytes());
    }
    decided.send_replace(true);
    while peers.server.stats().forged_datagrams == 0 {
        assert_eq!(peers.server.stats().panics, 0);
        tokio::task::yield_now().await;
    }
    assert!(peers.server.is_online("alice"));
}

#[test]
fn an_original_client_has_none() {
    let world = World::new();
    assert_eq!(world.log_in("alice", NONE), NONE);
    let answers = world.hear(NONE, &body(MessageType::KeepAlive));
    assert_eq!(kind(&answers[0].1), MessageType::KeepAliveResponse);
    assert_eq!(answers[0].0, NONE);
    // As its address is all there is.
    world.hear(NONE, &body(MessageType::Logout));
    assert!(!world.is_online("alice"));
}

#[test]
fn whose_session_is_over_is_told_so_with_the_secret() {
    let world = World::new();
    let answers = world.hear(SECRET, &body(MessageType::KeepAlive));
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].0, SECRET);
    assert_eq!(kind(&answers[0].1), MessageType::ErrorResponse);
}

#[test]
fn who_logs_in_from_the_address_of_somebody_who_is_gone_is_let_in_soon() {
    let world = World::new();
    world.log_in("alice", SECRET);
    for user in ["bob", "an original"] {
        let secret = if user == "bob" { OTHER } else { NONE };
        let login = login_as(user, secret);
        // Alice was heard of just now.
        assert_eq!(world.hear(NONE, &login), []);
        world.wait(Duration::from_secs(2));
        let asked = world.hear(NONE, &login);
        assert_eq!(asked.len(), 1, "{asked:?}");
        assert_eq!(kind(&asked[0].1), MessageType::KeepAliveResponse);
        for _ in 0..2 {
            world.wait(Duration::from_secs(2));
            assert_eq!(world.hear(NONE, &login), []);
        }
        world.wait(Duration::from_secs(2));
        let answers = world.hear(NONE, &login);
        assert_eq!(code(&answers[0].1), 0);
        assert!(world.is_online(user) && !world.is_online("alice"));
        // An original client's address is anybody's; alice takes it back.
        world.hear(NONE, &body(MessageType::Logout));
        if user == "bob" {
            world.hear(OTHER, &body(MessageType::Logout));
            world.log_in("alice", SECRET);
        }
    }
}

#[test]
fn who_is_there_says_so_and_keeps_its_address() {
    let world = World::new();
    world.log_in("alice", SECRET);
    for _ in 0..20 {
        world.wait(Duration::from_secs(2));
        let asked = world.hear(NONE, &login_as("mallory", OTHER));
        let [(SECRET, probe)] = &asked[..] else {
            panic!("{asked:?}");
        };
        let probe = decode(probe.as_bytes()).unwrap();
        let fp = probe.fp.as_deref().unwrap();
        let answer = Message::received("alice", SERVER, fp, false);
        assert_eq!(world.hear(SECRET, &encode(&answer)), []);
        // Not more often, however often somebody else comes.
        for _ in 0..10 {
            assert_eq!(world.hear(NONE, &login_as("mallory", OTHER)), []);
        }
    }
    assert!(world.is_online("alice") && !world.is_online("mallory"));
}

#[test]
fn clients_without_a_secret_may_be_refused() {
    let mut config = Config::default();
    config.datagram_secrets = true;
    let world = World::with(&config, &Limits::default());
    let answers = world.hear(NONE, &login_as("an original", NONE));
    assert_eq!(code(&answers[0].1), 1025);
    assert!(!world.is_online("an original"));
    world.log_in("alice", SECRET);
}

#[test]
fn one_address_has_no_more_sessions_than_it_may_have() {
    let mut config = Config::default();
    config.quotas.loopback = true;
    let limits = Limits {
        connections_per_address: Some(2),
        ..Limits::default()
    };
    let world = World::with(&config, &limits);
    let log_in = |port, user| {
        let answers = world.hear_from(address(port), NONE, &login_as(user, OTHER));
        !answers.is_empty()
    };
    assert!(log_in(1, "alice"));
    assert!(log_in(2, "bob"));
    assert!(!log_in(3, "carol"));
    // Who has a place keeps it, and leaves it to others.
    assert!(log_in(2, "bob"));
    world.hear_from(address(1), OTHER, &body(MessageType::Logout));
    assert!(log_in(3, "carol"));
    assert!(!log_in(1, "alice"));
}
