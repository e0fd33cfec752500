//! Messages to groups, and what becomes of them.

use mobileim_client::ServerAddress;
use mobileim_protocol::Transport;
use mobileim_tests::Person;
use mobileim_tests::raw::{data, received};
use serde_json::{Value, json};

use super::Stage;
use super::groups::TEAM;

impl Stage {
    /// Sends a message to the group, and says what became of it.
    async fn write(&self, from: Option<&str>, fp: &str, text: &str) -> super::Answer {
        let mut message = json!({ "to": ["#team"], "text": text, "fp": fp, "wait": 10_000 });
        if let Some(from) = from {
            message["from"] = from.into();
        }
        self.post("/api/v1/messages", &message).await
    }

    async fn person(&self, name: &str) -> Person {
        let address = self.server.addresses().websocket.unwrap();
        let address = ServerAddress::from_socket_addr(Transport::WebSocket, address);
        Person::online(name, address).await
    }
}

fn outcomes(answer: &Value) -> Vec<(&str, &str)> {
    let receivers = answer["receivers"].as_array().unwrap().iter();
    receivers
        .map(|it| {
            (
                it["user"].as_str().unwrap(),
                it["outcome"].as_str().unwrap(),
            )
        })
        .collect()
}

#[tokio::test]
async fn what_is_written_in_a_group_comes_to_all_members_of_any_client() {
    for (stage, _directory) in Stage::conversing_with_each_store().await {
        stage.make_group("#team", &["alice", "bob", "carol"]).await;
        let mut alice = stage.log_in("alice").await;
        let mut bob = stage.person("bob").await;
        let told = bob.hear().await;
        assert_eq!((told.from.as_deref(), told.typeu), (Some("0"), -10));
        alice.send(&data("alice", "#team", "1", "hi")).await;
        let acknowledged = alice.receive_json().await;
        assert_eq!(
            (&acknowledged["type"], &acknowledged["dataContent"]),
            (&json!(4), &json!("1"))
        );
        bob.hears("alice", ["hi"]).await;
        bob.tell("#team", "hello").await;
        let came = alice.receive_json().await;
        assert_eq!(
            (&came["from"], &came["to"], &came["dataContent"]),
            (&json!("bob"), &json!("#team"), &json!("hello"))
        );
        let fp = came["fp"].as_str().unwrap();
        alice.send(&received("alice", "bob", fp)).await;
        // As the server, and in the name of a member.
        let sent = stage.write(None, "news", "news").await.json();
        assert_eq!(outcomes(&sent), [("#team", "stored")]);
        let sent = stage.write(Some("carol"), "late", "I am late").await.json();
        assert_eq!(outcomes(&sent), [("#team", "stored")]);
        for (from, text) in [("0", "news"), ("carol", "I am late")] {
            bob.hears(from, [text]).await;
            let came = alice.receive_json().await;
            assert_eq!(
                (&came["from"], &came["dataContent"]),
                (&json!(from), &json!(text))
            );
        }
        let again = stage.write(None, "news", "news").await.json();
        assert_eq!(again["receivers"][0]["repeated"], true);
        // Who was away finds all of it.
        let mut carol = stage.log_in("carol").await;
        for text in ["hi", "hello", "news"] {
            assert_eq!(carol.receive_json().await["dataContent"], text);
        }
        bob.leave().await;
    }
}

#[tokio::test]
async fn what_became_of_a_message_to_a_group_or_one_that_is_kept_is_known() {
    for (stage, _directory) in Stage::conversing_with_each_store().await {
        stage.make_group("#team", &["alice", "bob"]).await;
        stage.write(None, "news", "news").await.json();
        let read = async |path: &str| stage.get(path).await.json();
        let known = read("/api/v1/messages/0/news?to=%23team").await;
        assert_eq!(outcomes(&known), [("#team", "stored")]);
        let all = read("/api/v1/messages/0/news").await;
        assert_eq!(outcomes(&all), [("#team", "stored")]);
        let unknown = read("/api/v1/messages/0/nothing?to=%23team").await;
        assert_eq!(outcomes(&unknown), [("#team", "unknown")]);

        let message =
            json!({ "from": "alice", "to": ["bob"], "text": "hi", "fp": "1", "wait": 10_000 });
        let sent = stage.post("/api/v1/messages", &message).await.json();
        assert_eq!(outcomes(&sent), [("bob", "stored")]);
        for query in ["?to=bob", ""] {
            let known = read(&format!("/api/v1/messages/alice/1{query}")).await;
            assert_eq!(outcomes(&known), [("bob", "stored")]);
        }
    }
}

#[tokio::test]
async fn who_may_not_write_in_a_group_does_not_by_the_api_either() {
    for (stage, _directory) in Stage::conversing_with_each_store().await {
        stage.make_group("#team", &["alice", "bob"]).await;
        let muted = json!({ "muted": ["bob"] });
        stage.patch(TEAM, &muted).await.json();
        let stranger = stage.write(Some("mallory"), "1", "hi").await;
        stranger.complains(409, "\"mallory\" is not a member of #team");
        let silenced = stage.write(Some("bob"), "2", "hi").await;
        silenced.complains(409, "\"bob\" may not write in #team");
        for from in [json!(null), json!("alice")] {
            let message =
                json!({ "from": from, "to": ["carol", "#other"], "text": "hi", "fp": "3" });
            let nowhere = stage.post("/api/v1/messages", &message).await;
            nowhere.complains(404, "there is no such group: #other");
        }
        let passing = json!({ "to": ["#team"], "text": "hi", "ttl": 60 });
        let passing = stage.post("/api/v1/messages", &passing).await;
        passing.complains(400, "has no ttl: #team");
        // Nobody has anything of all that.
        let waiting = stage.get("/api/v1/users/carol/waiting").await.json();
        assert_eq!(waiting["messages"], json!([]));
        let history = stage.get(&format!("{TEAM}/history")).await.json();
        assert_eq!(history["last"], 2, "that it was made, and changed");
        let only_server = json!({ "writers": "server" });
        stage.patch(TEAM, &only_server).await.json();
        let member = stage.write(Some("alice"), "4", "hi").await;
        member.complains(409, "\"alice\" may not write");
        stage.write(None, "5", "hi").await.json();
    }
}
