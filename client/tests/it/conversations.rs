//! Groups and what is kept of conversations, with the real server: in the terminal program, and in the library.

use std::sync::Arc;

use mobileim_client::{
    Draft, Event, Events, GroupOptions, Part, QuestionError, Refs, Signal, codes, payload,
};
use mobileim_protocol::mailbox::Role;
use mobileim_server::{
    AcceptAnyToken, ClientGroups, Config, ConversationPolicy, GroupChange, GroupSettings, Running,
    Server,
};

use crate::common::{log_in, within};
use crate::program::Program;

/// A server with a group, `#team`, of alice and bob.
async fn server() -> (Running, String) {
    let mut config = Config::default();
    config.conversations = ConversationPolicy::default();
    config.conversations.groups = true;
    config.conversations.direct = true;
    config.conversations.read_receipts = true;
    config.conversations.clients = ClientGroups::Create;
    let server = Server::builder(AcceptAnyToken).config(config);
    let server = server.tcp("127.0.0.1:0".parse().ok()).start();
    let server = server.await.unwrap();
    let url = format!("tcp://{}", server.addresses().tcp.unwrap());
    let team = GroupChange {
        join: vec![
            (Arc::from("alice"), Role::Owner),
            (Arc::from("bob"), Role::Member),
        ],
        settings: Some(GroupSettings {
            name: "The team".to_owned(),
            ..GroupSettings::default()
        }),
        ..GroupChange::default()
    };
    let made = server.handle().create_group("#team", team);
    made.wait().await.unwrap();
    (server, url)
}

/// The next event that is one of these.
async fn next<T>(events: &mut Events, pick: impl Fn(Event) -> Option<T>) -> T {
    loop {
        let event = within(events.recv()).await.expect("the client runs");
        if let Some(picked) = pick(event) {
            return picked;
        }
    }
}

fn signal(event: Event) -> Option<Signal> {
    match event {
        Event::Signalled { signal } => payload::decode(Some(&signal)).ok(),
        _ => None,
    }
}

#[tokio::test]
async fn the_terminal_writes_to_a_group_and_shows_what_is_kept() {
    let (_server, url) = server().await;
    let [mut alice, mut bob] =
        ["alice", "bob"].map(|user| Program::start_at(&url, user, "chat", &[]));
    for chat in [&mut alice, &mut bob] {
        chat.line().await;
        assert_eq!(chat.line().await, "* online");
        let made = "* #team: alice (owner) is in, bob is in, it is The team";
        assert_eq!(chat.line().await, made);
    }
    alice.type_line("@#team hello").await;
    assert_eq!(alice.line().await, "✓ #team: hello");
    assert_eq!(bob.line().await, "alice in #team: hello");
    bob.type_line("@#team hi").await;
    assert_eq!(bob.line().await, "✓ #team: hi");
    assert_eq!(alice.line().await, "bob in #team: hi");
    for (line, answers) in [
        (
            "/conversations",
            &["* #team (The team): 1 unread, last bob: hi"][..],
        ),
        (
            "/history #team",
            &[
                "* alice (owner) is in, bob is in, it is The team",
                "  alice: hello",
                "  bob: hi",
            ],
        ),
        (
            "/conversations",
            &["* #team (The team): 0 unread, last bob: hi"],
        ),
        ("/who #team", &["* #team (The team): 2: alice (owner), bob"]),
        ("/history bob", &["* nothing is kept of bob"]),
        (
            "/who #other",
            &["* no answer: the server refuses it with code 314: the user is in no such group"],
        ),
    ] {
        alice.type_line(line).await;
        for answer in answers {
            assert_eq!(alice.line().await, *answer, "{line}");
        }
    }
    bob.type_line("@#other hi").await;
    let refused = "✗ #other: hi (given up: the server refused it (321))";
    assert_eq!(bob.line().await, refused);
}

#[tokio::test]
async fn messages_have_numbers_and_marks_and_typing_reach_the_other_side() {
    let (_server, url) = server().await;
    let (alice, mut for_alice) = log_in(&url, "alice").await;
    let (bob, mut for_bob) = log_in(&url, "bob").await;
    for text in ["one", "two", "three"] {
        within(bob.send(Draft::new("alice", text))).await.unwrap();
    }
    let number = |event| match event {
        Event::Message { message, .. } if message.to.as_deref() == Some("alice") => message.seq,
        _ => None,
    };
    for seq in 1..=3 {
        assert_eq!(next(&mut for_alice, number).await, seq);
    }
    let page = within(alice.conversations(None)).await.unwrap();
    let with_bob = &page.conversations[0];
    assert_eq!((with_bob.with.as_str(), with_bob.unread), ("bob", 3));
    assert_eq!(page.conversations[1].with, "#team");
    let texts = |page: &mobileim_client::HistoryPage| -> Vec<_> {
        let messages = page.messages.iter();
        messages.filter_map(|one| one.text.clone()).collect()
    };
    let last = within(alice.history("bob", Part::Last, 2)).await.unwrap();
    assert_eq!(
        (texts(&last), last.more),
        (vec!["two".into(), "three".into()], true)
    );
    let before = within(alice.history("bob", Part::Before(2), 2))
        .await
        .unwrap();
    assert_eq!((texts(&before), before.more), (vec!["one".into()], false));
    let after = within(alice.history("bob", Part::After(1), 1))
        .await
        .unwrap();
    assert_eq!((texts(&after), after.more), (vec!["two".into()], true));
    let refs = Refs {
        mentions: vec!["alice".to_owned()],
        ..Refs::default()
    };
    let mut draft = Draft::new("alice", "four");
    draft.refs = Some(refs.to_text());
    within(bob.send(draft)).await.unwrap();
    let told = |event| match event {
        Event::Message { message, .. } => Some(Refs::of(&message)),
        _ => None,
    };
    assert_eq!(next(&mut for_alice, told).await, refs);
    let mut broken = Draft::new("alice", "five");
    broken.refs = Some("{".to_owned());
    let error = within(bob.send(broken)).await.unwrap_err();
    assert!(error.to_string().contains("no JSON object"), "{error}");
    let mark = within(alice.mark_read("bob", 2)).await.unwrap();
    assert_eq!((mark.read_seq, mark.unread, mark.mentions), (2, 2, 1));
    let read = Signal::Read {
        mentions: None,
        with: "alice".to_owned(),
        by: Some("alice".to_owned()),
        seq: 2,
        unread: None,
    };
    assert_eq!(next(&mut for_bob, signal).await, read);
    alice.typing("#team");
    let typing = Signal::Typing {
        with: "#team".to_owned(),
        by: Some("alice".to_owned()),
    };
    assert_eq!(next(&mut for_bob, signal).await, typing);
    let refusal = within(alice.group("#other")).await;
    let not_found = codes::NOT_FOUND;
    assert!(matches!(refusal, Err(QuestionError::Refused { code, .. }) if code == not_found));
}

#[tokio::test]
async fn the_terminal_makes_a_group_and_changes_it() {
    let (_server, url) = server().await;
    let [mut alice, mut carol] =
        ["alice", "carol"].map(|user| Program::start_at(&url, user, "chat", &[]));
    alice.line().await;
    assert_eq!(alice.line().await, "* online");
    let made = "* #team: alice (owner) is in, bob is in, it is The team";
    assert_eq!(alice.line().await, made);
    carol.line().await;
    assert_eq!(carol.line().await, "* online");
    for (line, told) in [
        (
            "/group new #new carol",
            "#new: alice (owner) is in, carol is in, it is , by alice",
        ),
        ("/group remove #new carol", "#new: carol is out, by alice"),
        ("/group add #new carol", "#new: carol is in, by alice"),
    ] {
        alice.type_line(line).await;
        let mut lines = [alice.line().await, alice.line().await];
        lines.sort();
        let mut expected = [format!("* {told}"), "* #new: done".to_owned()];
        expected.sort();
        assert_eq!(lines, expected, "{line}");
        assert_eq!(carol.line().await, format!("* {told}"));
    }
    carol.type_line("/group add #new dave").await;
    let refused =
        "* no answer: the server refuses it with code 315: an owner or an admin adds members";
    assert_eq!(carol.line().await, refused);
    alice.type_line("/group leave #new").await;
    let refused = "* no answer: the server refuses it with code 315: the only owner makes somebody else the owner first, or ends the group";
    assert_eq!(alice.line().await, refused);
    alice.type_line("/group end #new").await;
    assert_eq!(carol.line().await, "* #new: it has ended, by alice");
}

#[tokio::test]
async fn a_group_is_handed_over_and_left() {
    let (_server, url) = server().await;
    let (alice, _for_alice) = log_in(&url, "alice").await;
    let (bob, _for_bob) = log_in(&url, "bob").await;
    let members = |user: &str, role: &str| GroupOptions {
        members: [(user.to_owned(), role.to_owned())].into(),
        ..GroupOptions::default()
    };
    let new = GroupOptions {
        name: Some("New".to_owned()),
        invite: Some("all".to_owned()),
        ..members("bob", "member")
    };
    let made = within(alice.create_group("#new", &new)).await.unwrap();
    assert_eq!(
        (&*made.name, &*made.invite, &*made.role, made.count),
        ("New", "all", "owner", 2)
    );
    let changed = within(bob.change_group("#new", &members("carol", "member"))).await;
    assert_eq!(changed.unwrap().unwrap().count, 3);
    let refused = within(bob.change_group("#new", &members("carol", "owner"))).await;
    let not_allowed = codes::NOT_ALLOWED;
    assert!(matches!(refused, Err(QuestionError::Refused { code, .. }) if code == not_allowed));
    within(alice.change_group("#new", &members("bob", "owner")))
        .await
        .unwrap();
    let leaving = GroupOptions {
        remove: vec!["alice".to_owned()],
        ..GroupOptions::default()
    };
    let left = within(alice.change_group("#new", &leaving)).await;
    assert_eq!(left.unwrap(), None);
    within(alice.leave_group("#new")).await.unwrap();
    within(bob.end_group("#new")).await.unwrap();
    let gone = within(bob.group("#new")).await;
    let not_found = codes::NOT_FOUND;
    assert!(matches!(gone, Err(QuestionError::Refused { code, .. }) if code == not_found));
}
