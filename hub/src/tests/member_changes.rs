//! Groups that users make, change and end by themselves.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::FutureExt as _;
use mobileim_protocol::mailbox::Role;
use mobileim_protocol::{Question, codes};
use serde_json::{Value, json};

use super::conversations::ask;
use super::home::Home;
use super::world::{SlowStore, World, sender, server_with_devices};
use crate::conversations::{ClientGroups, GroupChange, GroupError, GroupSettings};
use crate::deferred::Deferred;
use crate::devices::Sessions;
use crate::registry::Config;
use crate::server::{Devices, QuestionError, ServerHandle};

/// The page that says who may change what.
const PAGE: &str = include_str!("../../../docs/server.md");

/// A group with two of each role.
const ROLES: [(&str, Role); 6] = [
    ("owner", Role::Owner),
    ("owner2", Role::Owner),
    ("admin", Role::Admin),
    ("admin2", Role::Admin),
    ("member", Role::Member),
    ("member2", Role::Member),
];

fn group_of(members: &[(&str, Role)], settings: &str) -> GroupChange {
    GroupChange {
        join: members
            .iter()
            .map(|(user, role)| (Arc::from(*user), *role))
            .collect(),
        settings: serde_json::from_str(settings).ok(),
        ..GroupChange::default()
    }
}

fn home() -> Home {
    Home::with_conversations(Sessions::Single)
}

/// Whether a user may do this in a group with those members, and settings.
fn may(user: &str, members: &[(&str, Role)], settings: &str, question: &Value) -> bool {
    let home = home();
    let made = home
        .world
        .server
        .create_group("#team", group_of(members, settings));
    made.wait().now_or_never().unwrap().unwrap();
    let before = home.world.server.group("#team");
    let mut seat = home.sit(user, "d", "web");
    let answer = ask(&home, &mut seat, question);
    let changed = home.world.server.group("#team") != before;
    assert_eq!(
        changed,
        answer.is_ok(),
        "{user} {question}: what is refused changes nothing"
    );
    assert!(
        matches!(answer, Ok(_) | Err(codes::NOT_ALLOWED)),
        "{answer:?}"
    );
    answer.is_ok()
}

/// What a row of the table is about: questions that are allowed, or not, as one; with the settings of the group.
fn cases(row: &str, user: &str) -> Vec<(&'static str, Value)> {
    let change = |what: Value| {
        let mut question = json!({ "ask": "changeGroup", "group": "#team" });
        let fields = what.as_object().unwrap().clone();
        question.as_object_mut().unwrap().extend(fields);
        ("{}", question)
    };
    let muted = |(_, question): (&str, Value)| (r#"{"muted":["admin2","member2"]}"#, question);
    match row {
        "leaves" => vec![
            ("{}", json!({ "ask": "leaveGroup", "group": "#team" })),
            change(json!({ "remove": [user] })),
        ],
        "adds members" => vec![
            change(json!({ "members": ["dave"] })),
            change(json!({ "members": { "dave": "member", "erin": "member" } })),
        ],
        "adds members, with `invite` `all`" => vec![(
            r#"{"invite":"all"}"#,
            change(json!({ "members": ["dave"] })).1,
        )],
        "names the group, says who writes" => vec![
            change(json!({ "name": "Team" })),
            change(json!({ "writers": "admins" })),
        ],
        "removes, mutes and unmutes members" => vec![
            change(json!({ "remove": ["member2"] })),
            change(json!({ "mute": ["member2"] })),
            muted(change(json!({ "unmute": ["member2"] }))),
        ],
        "removes, mutes and unmutes admins" => vec![
            change(json!({ "remove": ["admin2"] })),
            change(json!({ "remove": ["member2", "owner2"] })),
            change(json!({ "mute": ["admin2"] })),
            muted(change(json!({ "unmute": ["admin2"] }))),
        ],
        "gives roles" => vec![
            change(json!({ "members": { "member2": "admin" } })),
            change(json!({ "members": { "member2": "owner" } })),
            change(json!({ "members": { "admin2": "member" } })),
            change(json!({ "members": { "owner2": "member" } })),
            change(json!({ "members": { "dave": "admin" } })),
        ],
        "says who adds members, and from where on they read" => vec![
            change(json!({ "invite": "all" })),
            change(json!({ "history": "all" })),
        ],
        "ends the group" => vec![("{}", json!({ "ask": "endGroup", "group": "#team" }))],
        other => panic!("{other}"),
    }
}

#[test]
fn who_may_change_what_is_what_the_table_in_the_docs_says() {
    let head = "| a user who | owner | admin | member |";
    let table = PAGE.lines().skip_while(|line| *line != head).skip(2);
    let table = table.take_while(|line| line.starts_with('|'));
    let mut count = 0;
    for line in table {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        for (user, cell) in ["owner", "admin", "member"].into_iter().zip(&cells[1..]) {
            let alone: Vec<_> = ROLES
                .into_iter()
                .filter(|(it, _)| *it != "owner2")
                .collect();
            let expected = match *cell {
                "yes" | "if there is another" => true,
                "no" => false,
                other => panic!("{other}"),
            };
            for (settings, question) in cases(cells[0], user) {
                let it_may = may(user, &ROLES, settings, &question);
                assert_eq!(it_may, expected, "{user}: {question}");
                if *cell == "if there is another" {
                    assert!(!may(user, &alone, settings, &question), "{question}");
                }
            }
            count += 1;
        }
    }
    assert_eq!(count, 9 * 3);
}

#[test]
fn a_user_makes_a_group_once_and_all_see_who_changes_it() {
    let mut home = home();
    let mut alice = home.sit("alice", "a1", "web");
    let mut bob = home.sit("bob", "b1", "web");
    let new = json!({ "ask": "createGroup", "group": "#team", "name": "Team", "members": ["bob"] });
    let made = json!({
        "group": "#team", "name": "Team", "writers": "all", "history": "joining",
        "invite": "admins", "role": "owner", "count": 2,
    });
    for _ in 0..2 {
        assert_eq!(ask(&home, &mut alice, &new), Ok(made.clone()), "as made");
    }
    let told = bob.reads(&home.world);
    assert_eq!(told.len(), 1, "{told:?}");
    let told: Value = serde_json::from_str(told[0].strip_prefix("0>#team:").unwrap()).unwrap();
    assert_eq!(told["by"], "alice");
    assert_eq!(told["joined"], json!({ "alice": "owner", "bob": "member" }));
    assert_eq!(told["settings"]["name"], "Team");
    assert_eq!(ask(&home, &mut bob, &new), Err(codes::NOT_ALLOWED), "taken");

    let promote = json!({ "ask": "changeGroup", "group": "#team", "members": { "bob": "owner" } });
    for _ in 0..2 {
        assert_eq!(ask(&home, &mut alice, &promote), Ok(made.clone()));
    }
    let leave = json!({ "ask": "leaveGroup", "group": "#team" });
    for _ in 0..2 {
        let left = ask(&home, &mut alice, &leave);
        assert_eq!(left, Ok(json!({ "group": "#team" })), "in it no more");
    }
    let told = bob.reads(&home.world);
    assert_eq!(
        told,
        [
            "0>#team:{\"by\":\"alice\",\"joined\":{\"bob\":\"owner\"}}",
            "0>#team:{\"by\":\"alice\",\"left\":[\"alice\"]}"
        ]
    );
    let end = json!({ "ask": "endGroup", "group": "#team" });
    for _ in 0..2 {
        assert_eq!(ask(&home, &mut bob, &end), Ok(json!({ "group": "#team" })));
    }
    assert_eq!(home.world.server.group("#team"), None);
    // What is kept of it is for nobody who takes its name, now or later.
    home.start_again();
    let mut mallory = home.sit("mallory", "m1", "web");
    let again = json!({ "ask": "createGroup", "group": "#team", "history": "all" });
    assert_eq!(ask(&home, &mut mallory, &again), Err(codes::NOT_ALLOWED));
}

#[test]
fn who_is_not_in_a_group_is_not_told_that_there_is_one() {
    let home = home();
    home.make_group("#team", &["alice", "bob"]);
    let mut mallory = home.sit("mallory", "m1", "web");
    for (ask_for, expected) in [
        ("changeGroup", Err(codes::NOT_FOUND)),
        ("leaveGroup", Ok(())),
        ("endGroup", Ok(())),
    ] {
        let answers = ["#team", "#other"].map(|group| {
            let question = json!({ "ask": ask_for, "group": group, "members": ["mallory"] });
            ask(&home, &mut mallory, &question).map(|answer| {
                assert_eq!(answer, json!({ "group": group }));
            })
        });
        assert_eq!(answers, [expected, expected], "{ask_for}");
    }
    assert_eq!(home.world.server.group("#team").unwrap().members.len(), 2);
}

#[test]
fn what_makes_no_sense_or_has_no_room_is_refused() {
    let home = home();
    home.make_group("#team", &["alice", "bob"]);
    let mut alice = home.sit("alice", "a1", "web");
    let mut refused = |question: Value| ask(&home, &mut alice, &question).unwrap_err();
    let change = |what: Value| {
        let mut question = json!({ "ask": "changeGroup", "group": "#team" });
        let fields = what.as_object().unwrap().clone();
        question.as_object_mut().unwrap().extend(fields);
        question
    };
    for wrong in [
        json!({ "members": "dave" }),
        json!({ "members": { "dave": "boss" } }),
        json!({ "members": ["#team"] }),
        json!({ "members": ["0"] }),
        json!({ "remove": { "bob": true } }),
        json!({ "writers": "nobody" }),
        json!({ "name": "x".repeat(257) }),
        json!({ "remove": ["bob"], "members": ["bob"] }),
    ] {
        let code = refused(change(wrong.clone()));
        assert_eq!(code, codes::BAD_QUESTION, "{wrong}");
    }
    let stranger = refused(change(json!({ "mute": ["dave"] })));
    assert_eq!(stranger, codes::NOT_FOUND);
    for group in ["team", "#", ""] {
        let code = refused(json!({ "ask": "createGroup", "group": group }));
        assert_eq!(code, codes::BAD_QUESTION, "{group:?}");
    }
    let many: Vec<_> = (0..1001).map(|number| number.to_string()).collect();
    let code = refused(json!({ "ask": "createGroup", "group": "#many", "members": many }));
    assert_eq!(code, codes::BAD_QUESTION);
    assert_eq!(home.world.server.group("#many"), None);
}

#[test]
fn a_user_owns_no_more_groups_than_may_be() {
    let mut home = home();
    let made = |home: &Home, number: u32| {
        let mut alice = home.sit("alice", "a1", "web");
        let question = json!({ "ask": "createGroup", "group": format!("#{number}") });
        ask(home, &mut alice, &question).map(drop)
    };
    for number in 0..100 {
        assert_eq!(made(&home, number), Ok(()));
    }
    assert_eq!(made(&home, 100), Err(codes::NOT_ALLOWED));
    home.start_again();
    assert_eq!(made(&home, 100), Err(codes::NOT_ALLOWED), "they are known");
    for _ in 0..100 {
        // Its seed is that of the server before, whose changes have these.
        home.world.server.new_fingerprint();
    }
    let end = GroupChange {
        is_end: true,
        ..GroupChange::default()
    };
    home.change_group("#0", end).unwrap();
    let bob = group_of(&[("bob", Role::Owner), ("alice", Role::Member)], "");
    home.change_group("#1", bob).unwrap();
    for number in 100..102 {
        assert_eq!(made(&home, number), Ok(()));
    }
    assert_eq!(made(&home, 102), Err(codes::NOT_ALLOWED));
}

#[test]
fn clients_do_what_the_configuration_lets_them() {
    let make = json!({ "ask": "createGroup", "group": "#new" });
    let change = json!({ "ask": "changeGroup", "group": "#team", "name": "Team" });
    for (clients, may_change) in [(ClientGroups::Off, false), (ClientGroups::Change, true)] {
        let mut home = home();
        home.conversations.clients = clients;
        home.start_again();
        home.make_group("#team", &["alice", "bob"]);
        let mut alice = home.sit("alice", "a1", "web");
        assert_eq!(ask(&home, &mut alice, &make), Err(codes::NOT_ALLOWED));
        let changed = ask(&home, &mut alice, &change);
        assert_eq!(changed.is_ok(), may_change, "{clients:?}");
        for (user, ask_for) in [("bob", "leaveGroup"), ("alice", "endGroup")] {
            let mut seat = home.sit(user, "d", "web");
            let question = json!({ "ask": ask_for, "group": "#team" });
            let answer = ask(&home, &mut seat, &question);
            let expected = if may_change {
                Ok(json!({ "group": "#team" }))
            } else {
                Err(codes::NOT_ALLOWED)
            };
            assert_eq!(answer, expected, "{clients:?}: {ask_for}");
        }
    }
    let without = Home::of(Sessions::Single);
    let mut alice = without.sit("alice", "a1", "web");
    assert_eq!(ask(&without, &mut alice, &make), Err(codes::NOT_FOUND));
}

/// A server whose store answers when the test says so.
struct Slow {
    world: World,
}

type Asked = Deferred<Result<String, QuestionError>>;

impl Slow {
    fn new() -> Self {
        let mut world = World::with_slow_store();
        let mut config = Config::default();
        config.conversations.groups = true;
        config.conversations.clients = ClientGroups::Create;
        let store = Arc::<SlowStore>::clone(&world.store);
        world.server =
            server_with_devices(&config, store, Arc::new(()), Devices::default(), Vec::new());
        let slow = Self { world };
        let made = slow.server().create_group("#team", group_of(&ROLES, "{}"));
        slow.answer();
        made.wait().now_or_never().unwrap().unwrap();
        slow
    }

    fn server(&self) -> &ServerHandle {
        &self.world.server
    }

    fn answer(&self) {
        self.world.store.answer(&self.world.server, self.world.now);
    }

    fn asks(&self, user: &str, question: Question) -> Asked {
        self.server().answer(&sender(user), question, 65_536)
    }

    fn leaves(&self, user: &str) -> Asked {
        let group = "#team".to_owned();
        self.asks(user, Question::LeaveGroup { group })
    }

    fn removes(&self, user: &str, whom: &str) -> Asked {
        let question = Question::ChangeGroup {
            group: "#team".to_owned(),
            change: json!({ "remove": [whom] }).to_string(),
        };
        self.asks(user, question)
    }

    fn members(&self) -> BTreeMap<Arc<str>, Role> {
        let group = self.server().group("#team").unwrap();
        group.members.into_iter().collect()
    }
}

fn code(answer: Result<String, QuestionError>) -> Result<(), i64> {
    answer.map(drop).map_err(|error| error.code)
}

#[test]
fn two_changes_at_once_are_decided_on_one_after_the_other() {
    let slow = Slow::new();
    // Both see another owner; only the first leaves.
    let first = slow.leaves("owner");
    let mut second = Box::pin(slow.leaves("owner2").wait());
    assert!(second.as_mut().now_or_never().is_none());
    slow.answer();
    assert_eq!(code(first.wait().now_or_never().unwrap()), Ok(()));
    let second = code(second.now_or_never().unwrap());
    assert_eq!(second, Err(codes::NOT_ALLOWED));
    assert_eq!(slow.members().len(), 5);
    // An admin who is removed removes nobody.
    let first = slow.removes("owner2", "admin");
    let mut second = Box::pin(slow.removes("admin", "member").wait());
    assert!(second.as_mut().now_or_never().is_none());
    slow.answer();
    assert_eq!(code(first.wait().now_or_never().unwrap()), Ok(()));
    let second = code(second.now_or_never().unwrap());
    assert_eq!(second, Err(codes::NOT_FOUND));
    // The application waits for its turn too, and sees what is so then.
    let first = slow.leaves("member");
    let muting = |settings: GroupSettings| GroupChange {
        settings: Some(GroupSettings {
            muted: ["member2".to_owned()].into(),
            ..settings
        }),
        ..GroupChange::default()
    };
    let mut second = Box::pin(slow.server().change_group_with("#team", muting).wait());
    let leave = GroupChange {
        leave: vec![Arc::from("member")],
        ..GroupChange::default()
    };
    let mut third = Box::pin(slow.server().change_group("#team", leave).wait());
    assert!(second.as_mut().now_or_never().is_none());
    assert!(third.as_mut().now_or_never().is_none());
    slow.answer();
    assert_eq!(code(first.wait().now_or_never().unwrap()), Ok(()));
    assert!(second.as_mut().now_or_never().is_none(), "it is under way");
    slow.answer();
    assert_eq!(second.now_or_never().unwrap(), Ok(()));
    let stranger = GroupError::NoMember("member".into());
    assert_eq!(third.now_or_never().unwrap(), Err(stranger));
}

#[test]
fn a_change_whose_asker_is_gone_is_made_to_its_end_before_the_next() {
    let slow = Slow::new();
    drop(slow.leaves("owner"));
    let mut second = Box::pin(slow.leaves("owner2").wait());
    assert!(second.as_mut().now_or_never().is_none());
    slow.answer();
    let second = code(second.now_or_never().unwrap());
    assert_eq!(second, Err(codes::NOT_ALLOWED), "the first has left");
    // One that waits for its turn, and whose asker is gone, is not made.
    let first = slow.leaves("member");
    drop(slow.leaves("member2"));
    slow.answer();
    assert_eq!(code(first.wait().now_or_never().unwrap()), Ok(()));
    slow.answer();
    assert!(slow.members().contains_key("member2"));
    drop(slow.leaves("member2"));
    slow.answer();
    assert!(!slow.members().contains_key("member2"));
}
