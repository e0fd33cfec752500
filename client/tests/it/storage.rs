//! What a client does with its storage.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use mobileim_client::{
    Client, Draft, Event, Events, LoginError, LostReason, Message, MessageType, SendError,
    ServerAddress, Storage, StorageError, Stored, Transport, engine,
};
use tempfile::TempDir;

use crate::common::{FakeServer, Peer, alice, quick, within};
use mobileim_protocol::encode;

/// A client of this server with this storage, and the messages of earlier runs that go out.
async fn online(server: &mut FakeServer, storage: impl Storage) -> (Client, Events, Peer, usize) {
    let (client, events) = server.builder().storage(storage).spawn();
    let (logged_in, (peer, _)) =
        within(async { tokio::join!(client.login(alice()), server.accept_login()) }).await;
    (client, events, peer, logged_in.unwrap().restored)
}

fn from_bob(number: usize) -> Message<'static> {
    Message::new(MessageType::CommonData, "bob", "alice")
        .with_content(number.to_string())
        .with_qos(format!("fp {number}"))
}

/// The next received message.
async fn message(events: &mut Events) -> Message<'static> {
    loop {
        if let Event::Message { message, .. } = within(events.recv()).await.expect("it runs") {
            return message;
        }
    }
}

/// Storage that outlives its clients.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    outbox: BTreeMap<usize, (String, String)>,
    persisted: usize,
    inbox: Vec<(u64, String)>,
    received: Vec<u64>,
}

impl Storage for Memory {
    fn load(&self, user_id: &str) -> Result<Stored, StorageError> {
        assert_eq!(user_id, "alice");
        let kept = self.0.lock().unwrap();
        Ok(Stored {
            outbox: kept.outbox.values().map(|(_, body)| body.clone()).collect(),
            inbox: kept.inbox.clone(),
            received: kept.received.clone(),
        })
    }

    fn persist(&self, user_id: &str, fp: &str, body: &str) -> Result<(), StorageError> {
        assert_eq!(user_id, "alice");
        let mut kept = self.0.lock().unwrap();
        kept.persisted += 1;
        let number = kept.persisted;
        kept.outbox.insert(number, (fp.to_owned(), body.to_owned()));
        Ok(())
    }

    fn forget(&self, fp: &str) {
        self.0
            .lock()
            .unwrap()
            .outbox
            .retain(|_, (kept, _)| kept != fp);
    }

    fn receive(&self, user_id: &str, hash: u64, body: &str) -> Result<(), StorageError> {
        assert_eq!(user_id, "alice");
        let mut kept = self.0.lock().unwrap();
        kept.received.push(hash);
        kept.inbox.push((hash, body.to_owned()));
        Ok(())
    }

    fn handled(&self, hash: u64) {
        let mut kept = self.0.lock().unwrap();
        kept.inbox.retain(|(kept, _)| *kept != hash);
    }
}

#[tokio::test]
async fn what_a_run_leaves_in_storage_the_next_one_sends_and_does_not_show_twice() {
    let storage = Memory::default();
    let mut server = FakeServer::start(Transport::Tcp).await;
    let (client, mut events, mut peer, restored) = online(&mut server, storage.clone()).await;
    assert_eq!(restored, 0);
    drop(client.send(Draft::new("bob", "one")));
    drop(client.send(Draft::new("bob", "two")));
    let one = peer.expect(MessageType::CommonData).await;
    peer.acknowledge(&one);
    peer.send(&from_bob(1));
    assert_eq!(message(&mut events).await, from_bob(1));
    drop(client);
    while within(events.recv()).await.is_some() {}

    let (client, mut events, mut peer, restored) = online(&mut server, storage.clone()).await;
    assert_eq!(restored, 1);
    let three = client.send(Draft::new("bob", "three"));
    for text in ["two", "three"] {
        let message = peer.expect(MessageType::CommonData).await;
        assert_eq!(message.content.as_deref(), Some(text));
        peer.acknowledge(&message);
    }
    within(three).await.unwrap();
    peer.send(&from_bob(1));
    peer.expect(MessageType::Received).await;
    drop(client);
    while let Some(event) = within(events.recv()).await {
        assert!(!matches!(event, Event::Message { .. }), "{event:?}");
    }
    let kept = storage.0.lock().unwrap();
    assert!(kept.outbox.is_empty() && kept.inbox.is_empty());
}

#[tokio::test]
async fn what_the_application_has_not_handled_comes_again_before_anything_new() {
    let storage = Memory::default();
    let mut server = FakeServer::start(Transport::Tcp).await;
    let (client, mut events, mut peer, _) = online(&mut server, storage.clone()).await;
    for number in 0..4 {
        peer.send(&from_bob(number));
        peer.expect(MessageType::Received).await;
    }
    assert_eq!(message(&mut events).await, from_bob(0));
    assert_eq!(message(&mut events).await, from_bob(1));
    // This one is in the application's hands.
    let (left, _) = tokio::join!(client.leave(), peer.expect(MessageType::Logout));
    assert_eq!((left.outbox, left.inbox), (0, 3));
    // The others are the next run's business now.
    while let Some(event) = within(events.recv()).await {
        assert!(!matches!(event, Event::Message { .. }), "{event:?}");
    }

    let (client, mut events, mut peer, _) = online(&mut server, storage.clone()).await;
    peer.send(&from_bob(4));
    peer.send(&from_bob(3));
    for number in [1, 2, 3] {
        assert_eq!(message(&mut events).await, from_bob(number));
    }
    assert!(events.keep() && !events.keep());
    assert_eq!(message(&mut events).await, from_bob(4));
    // It is dropped with them, so handled.
    drop(events);
    let left = within(async {
        let told = async {
            while peer
                .recv()
                .await
                .is_some_and(|it| it.kind != MessageType::Logout)
            {}
        };
        tokio::join!(client.leave(), told).0
    })
    .await;
    assert_eq!((left.outbox, left.inbox), (0, 1));

    let (_client, mut events, peer, _) = online(&mut server, storage).await;
    assert_eq!(message(&mut events).await, from_bob(3));
    peer.send(&from_bob(5));
    assert_eq!(message(&mut events).await, from_bob(5));
}

#[tokio::test]
async fn an_application_that_reads_after_the_last_handle_is_gone_still_handles() {
    let directory = TempDir::new().unwrap();
    let mut server = FakeServer::start(Transport::Tcp).await;
    let (client, mut events) = server.builder().outbox_dir(directory.path()).spawn();
    let (login, (mut peer, _)) =
        within(async { tokio::join!(client.login(alice()), server.accept_login()) }).await;
    login.unwrap();
    for number in 0..2 {
        peer.send(&from_bob(number));
        peer.expect(MessageType::Received).await;
    }
    drop(client);
    for number in 0..2 {
        assert_eq!(message(&mut events).await, from_bob(number));
    }
    assert_eq!(within(events.recv()).await, None);
    drop(events);

    let (client, mut events) = server.builder().outbox_dir(directory.path()).spawn();
    // The task of the first client ends by itself, soon.
    let login = async {
        loop {
            match client.login(alice()).await {
                Err(LoginError::Storage(StorageError::InUse(_))) => tokio::task::yield_now().await,
                answer => return answer,
            }
        }
    };
    let (login, (peer, _)) = within(async { tokio::join!(login, server.accept_login()) }).await;
    login.unwrap();
    peer.send(&from_bob(2));
    assert_eq!(message(&mut events).await, from_bob(2));
}

/// A disk that does what the test says.
struct Disk {
    /// Where each sync says how much came since the last one.
    syncs: tokio::sync::mpsc::UnboundedSender<usize>,
    /// How it is to end.
    answers: Mutex<mpsc::Receiver<Result<(), StorageError>>>,
    waiting: AtomicUsize,
}

/// The test's end of it.
struct Hand {
    syncs: tokio::sync::mpsc::UnboundedReceiver<usize>,
    answers: mpsc::Sender<Result<(), StorageError>>,
}

impl Disk {
    fn new() -> (Self, Hand) {
        let (syncs, sync_receiver) = tokio::sync::mpsc::unbounded_channel();
        let (answers, answer_receiver) = mpsc::channel();
        let disk = Self {
            syncs,
            answers: Mutex::new(answer_receiver),
            waiting: AtomicUsize::new(0),
        };
        let hand = Hand {
            syncs: sync_receiver,
            answers,
        };
        (disk, hand)
    }
}

impl Storage for Disk {
    fn load(&self, _: &str) -> Result<Stored, StorageError> {
        Ok(Stored::default())
    }

    fn persist(&self, _: &str, _: &str, body: &str) -> Result<(), StorageError> {
        if body.contains("last straw") {
            return Err(full());
        }
        self.waiting.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn sync(&self) -> Result<(), StorageError> {
        self.syncs
            .send(self.waiting.swap(0, Ordering::SeqCst))
            .unwrap();
        self.answers.lock().unwrap().recv().unwrap()
    }

    fn forget(&self, _: &str) {}

    fn receive(&self, _: &str, _: u64, _: &str) -> Result<(), StorageError> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn handled(&self, _: u64) {}
}

fn full() -> StorageError {
    StorageError::Other("full".to_owned())
}

#[tokio::test]
async fn nothing_is_sent_or_acknowledged_before_it_is_safe_and_what_comes_meanwhile_waits_together()
{
    let (disk, mut hand) = Disk::new();
    let mut server = FakeServer::start(Transport::Tcp).await;
    let (client, _events, mut peer, _) = online(&mut server, disk).await;

    let first = client.send(Draft::new("bob", "0"));
    assert_eq!(within(hand.syncs.recv()).await, Some(1));
    let others: Vec<_> = (1..100)
        .map(|number| client.send(Draft::new("bob", number.to_string())))
        .collect();
    assert!(peer.says_nothing().await);
    hand.answers.send(Ok(())).unwrap();
    // All of them at once.
    assert_eq!(within(hand.syncs.recv()).await, Some(99));
    let message = peer.expect(MessageType::CommonData).await;
    assert_eq!(message.content.as_deref(), Some("0"));
    peer.acknowledge(&message);
    assert!(peer.says_nothing().await);
    hand.answers.send(Ok(())).unwrap();
    for number in 1..100 {
        let message = peer.expect(MessageType::CommonData).await;
        assert_eq!(message.content, Some(number.to_string().into()));
        peer.acknowledge(&message);
    }
    for delivery in [first].into_iter().chain(others) {
        assert_eq!(within(delivery).await, Ok(()));
    }

    let mut synced = 0;
    for number in 0..50 {
        peer.send(&from_bob(number));
    }
    let mut acknowledged = 0;
    while acknowledged < 50 {
        synced += within(hand.syncs.recv()).await.unwrap();
        assert!(peer.says_nothing().await);
        hand.answers.send(Ok(())).unwrap();
        while acknowledged < synced {
            peer.expect(MessageType::Received).await;
            acknowledged += 1;
        }
    }
}

#[tokio::test]
async fn a_message_that_cannot_be_kept_is_refused_and_the_next_one_is_not() {
    let (disk, mut hand) = Disk::new();
    let mut server = FakeServer::start(Transport::Tcp).await;
    let (client, _events, mut peer, _) = online(&mut server, disk).await;
    let refused = within(client.send(Draft::new("bob", "last straw"))).await;
    assert_eq!(refused, Err(SendError::NotStored(full())));
    hand.answers.send(Err(full())).unwrap();
    let refused = within(client.send(Draft::new("bob", "fails later"))).await;
    assert_eq!(refused, Err(SendError::NotStored(full())));
    within(hand.syncs.recv()).await;
    hand.answers.send(Ok(())).unwrap();
    let delivery = client.send(Draft::new("bob", "small"));
    let message = peer.expect(MessageType::CommonData).await;
    assert_eq!(message.content.as_deref(), Some("small"));
    peer.acknowledge(&message);
    assert_eq!(within(delivery).await, Ok(()));
}

#[tokio::test]
async fn what_is_received_while_the_disk_is_full_is_shown_all_the_same() {
    let (disk, hand) = Disk::new();
    let mut server = FakeServer::start(Transport::Tcp).await;
    let (_client, mut events, mut peer, _) = online(&mut server, disk).await;
    hand.answers.send(Err(full())).unwrap();
    peer.send(&from_bob(1));
    peer.expect(MessageType::Received).await;
    assert_eq!(message(&mut events).await, from_bob(1));
}

#[tokio::test]
async fn of_two_messages_with_one_fingerprint_the_first_is_stored_and_sent() {
    let storage = Memory::default();
    let mut server = FakeServer::start(Transport::Tcp).await;
    let (client, _events, mut peer, _) = online(&mut server, storage.clone()).await;
    let draft = |text: &str| Draft {
        fp: Some("same".to_owned()),
        ..Draft::new("bob", text)
    };
    // Both wait for the storage together.
    let [first, second] = ["first", "second"].map(|text| client.send(draft(text)));
    let refused = SendError::NotTaken(engine::SendError::FingerprintInUse);
    assert_eq!(within(second).await, Err(refused));
    let sent = peer.expect(MessageType::CommonData).await;
    assert_eq!(sent.content.as_deref(), Some("first"));
    let stored: Vec<_> = storage
        .0
        .lock()
        .unwrap()
        .outbox
        .clone()
        .into_values()
        .collect();
    assert_eq!(stored, [("same".to_owned(), encode(&sent))]);
    peer.acknowledge(&sent);
    within(first).await.unwrap();
}

#[tokio::test]
async fn leaving_releases_the_outbox_and_says_how_much_is_in_it() {
    let directory = TempDir::new().unwrap();
    let address = FakeServer::unused_address(Transport::Tcp).await;
    let address = ServerAddress::from_socket_addr(Transport::Tcp, address);
    for run in 1..=3 {
        let builder = quick(address.clone()).outbox_dir(directory.path());
        let (client, mut events) = builder.spawn();
        let (login, sent, left) = within(async {
            tokio::join!(biased;
                client.login(alice()),
                async { client.send(Draft::new("bob", format!("number {run}"))).await },
                client.leave(),
            )
        })
        .await;
        assert_eq!(login, Err(LoginError::Stopped));
        assert_eq!(sent, Err(SendError::Stopped));
        assert_eq!((left.outbox, left.inbox), (run, 0));
        while let Some(event) = within(events.recv()).await {
            assert!(!matches!(event, Event::Lost { .. }), "{event:?}");
        }
    }
}

#[tokio::test]
async fn leaving_without_a_storage_gives_up_what_is_unacknowledged() {
    let address = FakeServer::unused_address(Transport::Tcp).await;
    let address = ServerAddress::from_socket_addr(Transport::Tcp, address);
    let (client, _events) = quick(address).spawn();
    let (_, sent, left) = within(async {
        tokio::join!(biased;
            client.login(alice()),
            async { client.send(Draft::new("bob", "hi")).await },
            client.leave(),
        )
    })
    .await;
    assert_eq!(sent, Err(SendError::Lost(LostReason::LoggedOut)));
    assert_eq!((left.outbox, left.inbox), (0, 0));
}

#[tokio::test]
async fn events_come_in_the_order_in_which_the_server_spoke_however_they_wait_for_the_disk() {
    const COUNT: usize = 400;
    let directory = TempDir::new().unwrap();
    let mut server = FakeServer::start(Transport::Tcp).await;
    let (client, mut events) = server.builder().outbox_dir(directory.path()).spawn();
    let (login, (mut peer, _)) =
        within(async { tokio::join!(client.login(alice()), server.accept_login()) }).await;
    login.unwrap();
    let serve = async {
        let (mut answered, mut acknowledged) = (0, 0);
        while acknowledged < COUNT {
            let message = peer.recv().await.expect("the client is there");
            if message.kind == MessageType::Received {
                acknowledged += 1;
                continue;
            }
            assert_eq!(message.content, Some(answered.to_string().into()));
            peer.send(&from_bob(answered));
            peer.acknowledge(&message);
            answered += 1;
        }
    };
    let talk = async {
        let mut numbers = 0..COUNT;
        let mut send_next = |count| {
            for number in numbers.by_ref().take(count) {
                drop(client.send(Draft::new("bob", number.to_string())));
            }
        };
        send_next(10);
        let mut heard = Vec::new();
        while heard.len() < 2 * COUNT {
            match events.recv().await.expect("it runs") {
                Event::Message { message, .. } => heard.push(message.content.unwrap().into_owned()),
                Event::Delivered { .. } => {
                    heard.push("delivered".to_owned());
                    send_next(2);
                }
                _ => {}
            }
        }
        heard
    };
    let ((), heard) = within(async { tokio::join!(serve, talk) }).await;
    let expected = (0..COUNT).flat_map(|number| [number.to_string(), "delivered".to_owned()]);
    assert!(heard.into_iter().eq(expected));
}
