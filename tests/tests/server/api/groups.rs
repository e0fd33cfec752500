//! Groups: made, read, changed and ended.

use mobileim_tests::application::{ANY_PORT, server};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::Stage;

pub(super) const TEAM: &str = "/api/v1/groups/%23team";

impl Stage {
    pub(super) async fn make_group(&self, id: &str, members: &[&str]) -> Value {
        let members = members.iter().map(|user| json!({ "user": user }));
        let group = json!({ "id": id, "members": members.collect::<Vec<_>>() });
        self.post("/api/v1/groups", &group).await.json()
    }

    pub(super) async fn patch(&self, path: &str, body: &Value) -> super::Answer {
        self.ask("PATCH", path, &body.to_string()).await
    }
}

#[tokio::test]
async fn a_group_is_made_changed_and_ended() {
    for (stage, _directory) in Stage::conversing_with_each_store().await {
        let group = json!({
            "id": "#team",
            "name": "The team",
            "members": [{ "user": "alice", "role": "owner" }, { "user": "bob" }, { "user": "bob", "role": "admin" }]
        });
        let mut expected = json!({
            "id": "#team", "name": "The team", "writers": "all", "history": "joining", "invite": "admins", "muted": [],
            "members": 2, "admins": 1, "owners": 1
        });
        assert_eq!(stage.post("/api/v1/groups", &group).await.json(), expected);
        assert_eq!(stage.get(TEAM).await.json(), expected);
        let again = stage.post("/api/v1/groups", &group).await;
        again.complains(409, "there is such a group already");
        let muted = json!({ "writers": "admins", "muted": ["bob", "bob"] });
        expected["writers"] = json!("admins");
        expected["muted"] = json!(["bob"]);
        assert_eq!(stage.patch(TEAM, &muted).await.json(), expected);
        let named = json!({ "name": "", "history": "all", "by": "alice" });
        expected["name"] = json!("");
        expected["history"] = json!("all");
        assert_eq!(stage.patch(TEAM, &named).await.json(), expected);
        let open = json!({ "invite": "all" });
        expected["invite"] = json!("all");
        assert_eq!(stage.patch(TEAM, &open).await.json(), expected);
        assert_eq!(stage.patch(TEAM, &json!({})).await.json(), expected);
        let ended = stage.delete(TEAM).await.json();
        assert_eq!(ended, json!({ "ended": "#team" }));
        for method in ["GET", "DELETE"] {
            let answer = stage.ask(method, TEAM, "").await;
            answer.complains(404, "there is no such group");
        }
        let answer = stage.patch(TEAM, &muted).await;
        answer.complains(404, "there is no such group");
        // Another one may have the id.
        stage.make_group("#team", &["carol"]).await;
    }
}

#[tokio::test]
async fn a_group_without_an_id_gets_one_and_groups_are_listed_page_by_page() {
    let stage = Stage::conversing().await;
    let made = stage.post("/api/v1/groups", &json!({})).await.json();
    let id = made["id"].as_str().unwrap().to_owned();
    assert!(id.starts_with('#') && id.len() > 30, "{id}");
    stage.make_group("#z", &[]).await;
    stage.make_group("#a/b", &[]).await;
    let mut expected = [id, "#z".to_owned(), "#a/b".to_owned()];
    expected.sort_unstable();
    let first = stage.get("/api/v1/groups?limit=2").await.json();
    assert_eq!(first["groups"], json!(expected[..2]));
    assert_eq!(first["next"], expected[1]);
    let after = expected[1].replace('#', "%23").replace('/', "%2F");
    let path = format!("/api/v1/groups?limit=2&after={after}");
    assert_eq!(
        stage.get(&path).await.json(),
        json!({ "groups": expected[2..] })
    );
    let slash = stage.get("/api/v1/groups/%23a%2Fb").await.json();
    assert_eq!(slash["id"], "#a/b");
}

#[tokio::test]
async fn members_join_have_roles_and_leave() {
    for (stage, _directory) in Stage::conversing_with_each_store().await {
        stage.make_group("#team", &["bob", "alice"]).await;
        let members = format!("{TEAM}/members");
        let member = |user: &str, role: &str| json!({ "user": user, "role": role });
        let joining = json!({ "members": [{ "user": "dave" }, member("bob", "owner"), member("carol", "admin")] });
        let now = stage.post(&members, &joining).await.json();
        assert_eq!(
            (&now["members"], &now["admins"], &now["owners"]),
            (&json!(4), &json!(1), &json!(1))
        );
        let page = stage.get(&format!("{members}?limit=3")).await.json();
        let all = [
            member("alice", "member"),
            member("bob", "owner"),
            member("carol", "admin"),
            member("dave", "member"),
        ];
        let expected = json!({ "group": "#team", "members": all[..3], "next": "carol" });
        assert_eq!(page, expected);
        let page = stage
            .get(&format!("{members}?limit=3&after=carol"))
            .await
            .json();
        assert_eq!(page, json!({ "group": "#team", "members": all[3..] }));

        let remove = async |users: &[&str]| {
            stage
                .post(&format!("{members}/remove"), &json!({ "users": users }))
                .await
        };
        // All of them or none.
        let strange = remove(&["alice", "mallory"]).await;
        strange.complains(409, "\"mallory\" is not a member");
        let muted = json!({ "muted": ["dave", "carol"] });
        stage.patch(TEAM, &muted).await.json();
        let left = remove(&["alice", "dave"]).await.json();
        assert_eq!(
            (&left["members"], &left["muted"]),
            (&json!(2), &json!(["carol"]))
        );
        let many = ["1", "2", "3", "4"].map(|user| json!({ "user": user }));
        let full = stage.post(&members, &json!({ "members": many })).await;
        full.complains(409, "5 members at most");
        let some = stage.post(&members, &json!({ "members": many[..3] })).await;
        assert_eq!(some.json()["members"], 5);
        for answer in [
            stage.get("/api/v1/groups/%23other/members").await,
            stage
                .post("/api/v1/groups/%23other/members", &joining)
                .await,
        ] {
            answer.complains(404, "there is no such group");
        }
    }
}

#[tokio::test]
async fn of_a_change_whose_asker_hangs_up_nothing_is_half_made() {
    for (stage, _directory) in Stage::conversing_with_each_store().await {
        stage.make_group("#team", &["alice"]).await;
        for number in 0..20 {
            let body = json!({ "members": [{ "user": format!("user-{}", number % 4) }], "by": format!("{number}") });
            let body = body.to_string();
            let mut stream = TcpStream::connect(stage.address()).await.unwrap();
            let head = format!(
                "POST {TEAM}/members HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                stage.key,
                body.len()
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(body.as_bytes()).await.unwrap();
            if number % 2 == 0 {
                // Or it is looked at first.
                tokio::task::yield_now().await;
            }
            drop(stream);
        }
        // Who joined is told in the group: neither one who is not told of nor the other way round.
        loop {
            let named = |value: &Value| value["user"].as_str().unwrap().to_owned();
            let members = stage.get(&format!("{TEAM}/members")).await.json();
            let history = stage.get(&format!("{TEAM}/history")).await.json();
            let after = stage.get(&format!("{TEAM}/members")).await.json();
            if members != after {
                continue;
            }
            let mut joined = std::collections::BTreeSet::new();
            for message in history["messages"].as_array().unwrap() {
                let text: Value = serde_json::from_str(message["text"].as_str().unwrap()).unwrap();
                joined.extend(text["joined"].as_object().unwrap().keys().cloned());
            }
            let members: Vec<_> = members["members"]
                .as_array()
                .unwrap()
                .iter()
                .map(named)
                .collect();
            assert_eq!(members, joined.into_iter().collect::<Vec<_>>());
            break;
        }
        // Changes are made as ever.
        let muted = stage.patch(TEAM, &json!({ "muted": ["user-1"] })).await;
        assert_eq!(muted.json()["muted"], json!(["user-1"]));
    }
}

#[tokio::test]
async fn changes_of_one_group_at_once_are_all_made() {
    for (stage, _directory) in Stage::conversing_with_each_store().await {
        stage.make_group("#team", &["alice"]).await;
        let change = async |body: Value| stage.patch(TEAM, &body).await.json();
        let made = async |id: &str| {
            let group = json!({ "id": id });
            stage.post("/api/v1/groups", &group).await.status
        };
        let (_, _, _, one, other) = tokio::join!(
            change(json!({ "name": "The team" })),
            change(json!({ "writers": "server" })),
            change(json!({ "history": "all" })),
            made("#new"),
            made("#new"),
        );
        let group = stage.get(TEAM).await.json();
        assert_eq!(
            (&group["name"], &group["writers"], &group["history"]),
            (&json!("The team"), &json!("server"), &json!("all"))
        );
        assert_eq!([one.min(other), one.max(other)], [200, 409]);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_path_or_a_query_is_told() {
    let stage = Stage::conversing().await;
    stage.make_group("#team", &["alice"]).await;
    let (no_group, no_user) = ("begins with #", "no user can have an id");
    for (method, path, what) in [
        ("GET", "/api/v1/groups/team", no_group),
        ("DELETE", "/api/v1/groups/%23", no_group),
        ("DELETE", "/api/v1/groups/%23team?by=0", no_user),
        ("GET", "/api/v1/groups?after=team", no_group),
        ("GET", "/api/v1/groups?limit=0", "limit of 1 to 1000"),
        ("GET", "/api/v1/groups/%23team/members?after=0", no_user),
    ] {
        stage.ask(method, path, "").await.complains(400, what);
    }
    stage.get(TEAM).await.json();
}

#[tokio::test]
async fn what_is_wrong_with_a_group_or_a_change_is_told() {
    let stage = Stage::conversing().await;
    stage.make_group("#team", &["alice"]).await;
    let no_user = "no user can have an id";
    let long = "x".repeat(257);
    let many = ["x"; 1001].to_vec();
    for (group, what) in [
        (json!({ "id": "team" }), "begins with #"),
        (json!({ "name": long }), "a name of 256 bytes"),
        (json!({ "writers": "some" }), "unknown variant `some`"),
        (json!({ "muted": ["0"] }), no_user),
        (json!({ "muted": many }), "1000 users at most"),
        (json!({ "members": ["bob"] }), "expected struct Member"),
        (json!({ "members": [{ "user": "0" }] }), no_user),
        (
            json!({ "members": [{ "user": "#y" }] }),
            "\"#y\" is not a user's id",
        ),
        (json!({ "topic": "" }), "unknown field `topic`"),
    ] {
        let answer = stage.post("/api/v1/groups", &group).await;
        answer.complains(400, what);
    }
    let king = json!({ "members": [{ "user": "bob", "role": "king" }] });
    for (method, path, body, what) in [
        (
            "PATCH",
            "",
            json!({ "members": [] }),
            "unknown field `members`",
        ),
        ("PATCH", "", json!({ "by": "-1" }), no_user),
        (
            "POST",
            "/members",
            json!({ "members": [] }),
            "1 to 1000 members",
        ),
        ("POST", "/members", king, "unknown variant `king`"),
        (
            "POST",
            "/members/remove",
            json!({ "users": [] }),
            "1 to 1000 users",
        ),
    ] {
        let path = format!("{TEAM}{path}");
        let answer = stage.ask(method, &path, &body.to_string()).await;
        answer.complains(400, what);
    }
    assert_eq!(
        stage.get("/api/v1/groups").await.json(),
        json!({ "groups": ["#team"] }),
        "nothing of all that"
    );
}

#[tokio::test]
async fn without_groups_there_are_none() {
    let stage = Stage::with(server().http(ANY_PORT)).await;
    let made = stage
        .post("/api/v1/groups", &json!({ "id": "#team" }))
        .await;
    made.complains(404, "there are no groups on this server");
    let history = stage.get(&format!("{TEAM}/history")).await;
    history.complains(404, "there are no groups on this server");
    stage.get(TEAM).await.complains(404, "no such group");
    let none = stage.get("/api/v1/groups").await.json();
    assert_eq!(none, json!({ "groups": [] }));
    // Such an id is a user's, as any other.
    let message = json!({ "to": ["#team"], "text": "hi" });
    let outcomes = stage.post("/api/v1/messages", &message).await.json();
    assert_eq!(outcomes["receivers"][0]["outcome"], "stored");
}
