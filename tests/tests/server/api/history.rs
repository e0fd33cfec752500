//! What is kept of conversations.

use mobileim_server::events::{EventLog, EventPolicy};
use mobileim_tests::application::{ANY_PORT, server};
use serde_json::{Value, json};

use super::Stage;
use super::groups::TEAM;

impl Stage {
    /// What one writes to another, by the API.
    async fn keep_written(&self, from: &str, to: &str, texts: &[&str]) {
        for text in texts {
            let message = json!({ "from": from, "to": [to], "text": text, "fp": format!("{to} {text}"), "wait": 10_000 });
            let answer = self.post("/api/v1/messages", &message).await.json();
            assert_eq!(answer["receivers"][0]["outcome"], "stored");
        }
    }
}

/// The texts on a page with their numbers, and what else it says.
fn told(page: &Value) -> (Vec<String>, bool, u64, u64) {
    let messages = page["messages"].as_array().unwrap().iter();
    let texts = messages.map(|it| format!("{} {}", it["seq"], it["text"].as_str().unwrap()));
    let number = |name: &str| page[name].as_u64().unwrap();
    (
        texts.collect(),
        page["more"].as_bool().unwrap(),
        number("first"),
        number("last"),
    )
}

#[tokio::test]
async fn what_two_users_have_written_is_read_page_by_page_in_both_directions() {
    for (stage, _directory) in Stage::conversing_with_each_store().await {
        stage.keep_written("alice", "bob", &["a", "b", "c"]).await;
        stage.keep_written("bob", "alice", &["d", "e"]).await;
        let read = async |query: &str| {
            let of_alice = stage
                .get(&format!("/api/v1/users/alice/history/bob{query}"))
                .await
                .json();
            let of_bob = stage
                .get(&format!("/api/v1/users/bob/history/alice{query}"))
                .await;
            assert_eq!(of_alice, of_bob.json());
            of_alice
        };
        let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        let all = texts(&["1 a", "2 b", "3 c", "4 d", "5 e"]);
        assert_eq!(told(&read("").await), (all.clone(), false, 1, 5));
        for (query, expected, more) in [
            ("?limit=2", &all[3..], true),
            ("?limit=2&before=4", &all[1..3], true),
            ("?limit=2&before=2", &all[..1], false),
            ("?limit=2&after=0", &all[..2], true),
            ("?limit=2&after=3", &all[3..], false),
            ("?after=5", &[], false),
            ("?after=9223372036854775807", &[], false),
            ("?before=9223372036854775807", &all[..], false),
            ("?before=0", &[], false),
        ] {
            let page = read(query).await;
            assert_eq!(told(&page), (expected.to_vec(), more, 1, 5), "{query}");
        }
        let last = read("?limit=1").await["messages"][0].take();
        assert_eq!(
            (&last["from"], &last["fp"], &last["typeu"]),
            (&json!("bob"), &json!("alice e"), &json!(-1))
        );
        let hour = 60 * 60 * 1000;
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
        let now = i64::try_from(now.as_millis()).unwrap();
        let stored_at = last["storedAt"].as_i64().unwrap();
        assert!((stored_at - now).abs() < hour, "{stored_at}");
        let nothing = stage.get("/api/v1/users/alice/history/carol").await.json();
        assert_eq!(told(&nothing), (vec![], false, 1, 0));
    }
}

#[tokio::test]
async fn what_a_message_refers_to_stays_with_it_and_mentions_are_counted() {
    for (stage, _directory) in Stage::conversing_with_each_store().await {
        stage.keep_written("alice", "bob", &["a"]).await;
        let reply_to = json!({ "from": "alice", "fp": "bob a", "seq": 1 });
        let message = json!({
            "from": "alice", "to": ["bob"], "text": "b", "fp": "1", "wait": 10_000,
            "replyTo": reply_to, "mentions": ["bob", "bob"], "mentionsAll": true,
        });
        let answer = stage.post("/api/v1/messages", &message).await.json();
        assert_eq!(answer["receivers"][0]["outcome"], "stored");
        let page = stage.get("/api/v1/users/bob/history/alice").await.json();
        let [plain, reply] = &page["messages"].as_array().unwrap()[..] else {
            panic!("{page}");
        };
        assert_eq!(reply["replyTo"], reply_to);
        assert_eq!(reply["mentions"], json!(["bob"]));
        assert_eq!(reply["mentionsAll"], json!(true));
        assert!(plain.get("replyTo").is_none() && plain.get("mentions").is_none());
        let list = stage.get("/api/v1/users/bob/conversations").await.json();
        let listed = &list["conversations"][0];
        let counts = ["lastSeq", "readSeq", "unread", "mentions"].map(|name| &listed[name]);
        assert_eq!(counts, [&json!(2), &json!(0), &json!(2), &json!(1)]);
        for refs in [
            json!({ "mentions": ["0"] }),
            json!({ "replyTo": { "from": "alice", "fp": "" } }),
            json!({ "replyTo": { "from": "alice", "fp": "1", "seq": 0 } }),
        ] {
            let mut message = json!({ "to": ["bob"], "text": "c" });
            message
                .as_object_mut()
                .unwrap()
                .extend(refs.as_object().unwrap().clone());
            let refused = stage.post("/api/v1/messages", &message).await;
            assert_eq!(refused.status, 400, "{message}");
        }
    }
}

#[tokio::test]
async fn a_member_reads_a_group_from_joining_to_leaving_and_the_back_end_all_of_it() {
    for (stage, _directory) in Stage::conversing_with_each_store().await {
        stage.make_group("#team", &["alice", "bob"]).await;
        stage.keep_written("alice", "#team", &["one"]).await;
        let joining = json!({ "members": [{ "user": "carol" }], "by": "alice" });
        stage
            .post(&format!("{TEAM}/members"), &joining)
            .await
            .json();
        stage.keep_written("alice", "#team", &["two"]).await;
        let leaving = json!({ "users": ["bob"], "by": "bob" });
        let remove = format!("{TEAM}/members/remove");
        stage.post(&remove, &leaving).await.json();
        stage.keep_written("carol", "#team", &["three"]).await;
        let seqs = async |path: &str| {
            let page = stage.get(path).await.json();
            let messages = page["messages"].as_array().unwrap().clone();
            messages
                .iter()
                .map(|it| it["seq"].as_u64().unwrap())
                .collect::<Vec<_>>()
        };
        let of = |user: &str| format!("/api/v1/users/{user}/history/%23team");
        let all = format!("{TEAM}/history");
        assert_eq!(seqs(&of("alice")).await, [1, 2, 3, 4, 5, 6]);
        assert_eq!(seqs(&of("carol")).await, [3, 4, 5, 6]);
        assert_eq!(seqs(&of("bob")).await, [1, 2, 3, 4, 5]);
        assert_eq!(seqs(&of("mallory")).await, [0; 0]);
        assert_eq!(seqs(&all).await, [1, 2, 3, 4, 5, 6]);
        let changes = stage.get(&format!("{all}?after=4&limit=1")).await.json();
        let change = &changes["messages"][0];
        assert_eq!(
            (&change["from"], &change["typeu"]),
            (&json!("0"), &json!(-10))
        );
        let text: Value = serde_json::from_str(change["text"].as_str().unwrap()).unwrap();
        assert_eq!(text, json!({ "by": "bob", "left": ["bob"] }));
        let open = json!({ "history": "all" });
        stage.patch(TEAM, &open).await.json();
        assert_eq!(seqs(&of("carol")).await, [1, 2, 3, 4, 5, 6, 7]);
        // What was written stays when it is over.
        stage.delete(TEAM).await.json();
        assert_eq!(seqs(&all).await.len(), 8);
        assert_eq!(seqs(&of("alice")).await.len(), 8);
        let never = stage.get("/api/v1/groups/%23never/history").await;
        never.complains(404, "there is no such group");
    }
}

#[tokio::test]
async fn conversations_are_listed_with_the_latest_first() {
    for (stage, _directory) in Stage::conversing_with_each_store().await {
        stage.make_group("#team", &["alice"]).await;
        stage.keep_written("alice", "bob", &["hi"]).await;
        stage.keep_written("carol", "alice", &["hello"]).await;
        stage.keep_written("alice", "alice", &["note"]).await;
        stage.keep_written("bob", "carol", &["secret"]).await;
        stage.keep_written("alice", "#team", &["morning"]).await;
        let mut listed = Vec::new();
        let mut before = String::new();
        loop {
            let path = format!("/api/v1/users/alice/conversations?limit=3{before}");
            let page = stage.get(&path).await.json();
            assert_eq!(page["user"], "alice");
            for it in page["conversations"].as_array().unwrap() {
                let with = it["with"].as_str().unwrap();
                let text = it["last"]["text"].as_str().unwrap();
                assert_eq!(it["last"]["seq"], it["lastSeq"]);
                listed.push(format!("{with} {} {text}", it["lastSeq"]));
            }
            let Some(next) = page.get("next") else { break };
            before = format!("&before={next}");
        }
        let expected = [
            "#team 2 morning",
            "alice 1 note",
            "carol 1 hello",
            "bob 1 hi",
        ];
        assert_eq!(listed, expected);
        let none = stage.get("/api/v1/users/dave/conversations").await.json();
        assert_eq!(none, json!({ "user": "dave", "conversations": [] }));
    }
}

#[tokio::test]
async fn where_nothing_is_kept_that_is_said() {
    let stage = Stage::with(server().http(ANY_PORT)).await;
    let history = stage.get("/api/v1/users/alice/history/bob").await;
    history.complains(404, "history.direct is off");
    let conversations = stage.get("/api/v1/users/alice/conversations").await;
    conversations.complains(404, "no conversation is kept here");
    let stage = Stage::conversing().await;
    for (path, what) in [
        (
            "/api/v1/users/alice/history/bob?before=1&after=1",
            "not both",
        ),
        (
            "/api/v1/users/alice/history/bob?before=-1",
            "number of a message",
        ),
        ("/api/v1/users/alice/history/0", "no user can have an id"),
        (
            "/api/v1/users/alice/history/bob?limit=1001",
            "limit of 1 to 1000",
        ),
        ("/api/v1/users/alice/conversations?after=1", "unknown field"),
        ("/api/v1/groups/team/history", "begins with #"),
    ] {
        stage.get(path).await.complains(400, what);
    }
}

#[tokio::test]
async fn groups_and_histories_are_there_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let stage = Stage::conversing_in(directory.path(), None).await;
    stage.make_group("#team", &["alice", "bob", "carol"]).await;
    let muted = json!({ "name": "The team", "muted": ["bob", "carol"] });
    stage.patch(TEAM, &muted).await.json();
    let leaving = json!({ "users": ["carol"] });
    let remove = format!("{TEAM}/members/remove");
    stage.post(&remove, &leaving).await.json();
    stage.keep_written("alice", "#team", &["one"]).await;
    stage.keep_written("alice", "bob", &["a"]).await;
    let paths = [
        TEAM.to_owned(),
        format!("{TEAM}/members"),
        format!("{TEAM}/history"),
        "/api/v1/users/bob/history/%23team".to_owned(),
        "/api/v1/users/bob/history/alice".to_owned(),
        "/api/v1/users/bob/conversations".to_owned(),
    ];
    let mut before = Vec::new();
    for path in &paths {
        before.push(stage.get(path).await.json());
    }
    stage.server.shutdown().await;
    let stage = Stage::conversing_in(directory.path(), None).await;
    for (path, before) in paths.iter().zip(before) {
        assert_eq!(stage.get(path).await.json(), before, "{path}");
    }
    stage.keep_written("alice", "#team", &["two"]).await;
    let history = stage.get(&format!("{TEAM}/history?limit=1")).await.json();
    assert_eq!(told(&history), (vec!["5 two".to_owned()], true, 1, 5));
    // What she was away for comes in its order.
    let mut bob = stage.log_in("bob").await;
    for text in ["one", "a", "two"] {
        assert_eq!(bob.receive_json().await["dataContent"], text);
    }
}

#[tokio::test]
async fn what_stands_in_a_log_is_an_event() {
    let directory = tempfile::tempdir().unwrap();
    let mut policy = EventPolicy::new("logged,stored".parse().unwrap());
    policy.text = true;
    let log = EventLog::new(policy);
    let stage = Stage::conversing_in(directory.path(), Some(log)).await;
    stage.make_group("#team", &["alice", "bob"]).await;
    stage.keep_written("alice", "#team", &["one"]).await;
    stage.keep_written("bob", "alice", &["a"]).await;
    // It comes again, and is told once.
    let again =
        json!({ "from": "bob", "to": ["alice"], "text": "a", "fp": "alice a", "wait": 10_000 });
    stage.post("/api/v1/messages", &again).await.json();
    let last = json!({ "to": ["carol"], "text": "last", "fp": "last", "wait": 10_000 });
    stage.post("/api/v1/messages", &last).await.json();
    let mut told = Vec::new();
    let mut after = 0;
    while told.last() != Some(&"stored 0 carol null last".to_owned()) {
        let path = format!("/api/v1/events?after={after}&wait=30");
        let page = stage.get(&path).await.json();
        after = page["position"].as_i64().unwrap();
        for event in page["events"].as_array().unwrap() {
            let word = |name: &str| event[name].as_str().unwrap();
            let (kind, from, to) = (word("type"), word("from"), word("to"));
            told.push(format!(
                "{kind} {from} {to} {} {}",
                event["seq"],
                word("text")
            ));
        }
    }
    let expected = [
        "logged alice #team 2 one",
        "logged bob alice 1 a",
        "stored 0 carol null last",
    ];
    assert!(told[0].starts_with("logged 0 #team 1 {"), "{told:?}");
    assert_eq!(told[1..], expected);
}
