//! The client in a browser, with a host and a server made for the test.
#![cfg(target_arch = "wasm32")]

mod support;

use js_sys::{Function, Object, Reflect};
use serde_json::json;
use support::{Call, Harness, acknowledgement, control, event, login_answer, text_message};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn a_login_connects_asks_for_a_token_and_tells_how_it_went() {
    let harness = Harness::new();
    let extra = Some("device=h5".to_owned());
    harness
        .client
        .login("alice".to_owned(), None, extra)
        .unwrap();
    assert_eq!(
        harness.take(),
        [
            event(json!({ "type": "state", "state": "connecting" })),
            Call::Connect(1),
            Call::RequestToken(1),
        ]
    );
    harness.client.token(1, "token".to_owned());
    harness.client.opened(1);
    let calls = harness.take();
    assert_eq!(
        calls[0],
        event(json!({ "type": "state", "state": "logging-in" }))
    );
    let Call::Transmit(1, login) = &calls[1] else {
        panic!("no LOGIN in {calls:?}");
    };
    assert_eq!(login["type"], 0);
    assert_eq!(
        support::parse(login["dataContent"].as_str().unwrap()),
        json!({ "loginUserId": "alice", "loginToken": "token", "extra": "device=h5", "firstLoginTime": 0 })
    );
    harness.client.received(1, &login_answer(0));
    assert_eq!(
        harness.take(),
        [
            event(json!({ "type": "state", "state": "online" })),
            event(json!({
                "type": "logged-in", "firstLoginTime": 1_795_176_857_455_i64, "reconnect": false
            })),
        ]
    );
}

#[wasm_bindgen_test]
fn a_message_is_stored_sent_and_forgotten_when_it_is_acknowledged() {
    let harness = Harness::new();
    harness.log_in();
    harness.send("hi", "f1");
    assert_eq!(harness.client.pending(), 1);
    let calls = harness.take();
    let [Call::Persist(fp, stored), Call::Transmit(1, sent)] = &calls[..] else {
        panic!("{calls:?}");
    };
    assert_eq!((fp.as_str(), stored), ("f1", sent));
    assert_eq!(sent["dataContent"], "hi");
    harness.client.received(1, &acknowledgement("f1"));
    assert_eq!(
        harness.take(),
        [
            Call::Forget("f1".to_owned()),
            event(json!({ "type": "delivered", "fp": "f1" })),
        ]
    );
    assert_eq!(harness.client.pending(), 0);
}

#[wasm_bindgen_test]
fn a_message_that_arrives_is_told_before_it_is_acknowledged() {
    let harness = Harness::new();
    harness.log_in();
    harness.client.received(1, &text_message("hi", "f1"));
    let calls = harness.take();
    let [Call::Remember(hash), told, Call::Transmit(1, ack)] = &calls[..] else {
        panic!("{calls:?}");
    };
    assert_eq!(hash.len(), 16);
    assert_eq!(
        *told,
        event(json!({
            "type": "message",
            "message": {
                "from": "bob", "to": "alice", "text": "hi", "fp": "f1",
                "qos": true, "typeu": 0, "bridge": false,
            },
        }))
    );
    assert_eq!(
        (&ack["type"], &ack["dataContent"]),
        (&json!(4), &json!("f1"))
    );
}

#[wasm_bindgen_test]
fn a_callback_may_call_back_and_what_it_sends_goes_out_last() {
    let harness = Harness::new();
    harness.log_in();
    harness.react(|client, call| {
        if let Call::Event(event) = call
            && event["type"] == "message"
        {
            let (to, fp) = ("bob".to_owned(), Some("f2".to_owned()));
            client.send(to, "re".to_owned(), -1, true, fp).unwrap();
        }
    });
    harness.client.received(1, &text_message("hi", "f1"));
    let types: Vec<_> = harness
        .take()
        .into_iter()
        .filter_map(|call| match call {
            Call::Transmit(_, body) => Some(body["type"].clone()),
            _ => None,
        })
        .collect();
    assert_eq!(types, [json!(4), json!(2)]);
}

#[wasm_bindgen_test]
fn a_host_may_answer_before_its_method_returns() {
    let harness = Harness::new();
    harness.react(|client, call| match call {
        Call::Connect(link) => client.opened(*link),
        Call::RequestToken(link) => client.token(*link, "token".to_owned()),
        Call::Transmit(link, body) if body["type"] == 0 => {
            client.received(*link, &login_answer(0));
        }
        Call::Transmit(link, body) if body["type"] == 2 => {
            client.received(*link, &acknowledgement(body["fp"].as_str().unwrap()));
        }
        _ => {}
    });
    harness
        .client
        .login("alice".to_owned(), None, None)
        .unwrap();
    harness.send("hi", "f1");
    let last = harness.take().pop();
    assert_eq!(
        last,
        Some(event(json!({ "type": "delivered", "fp": "f1" })))
    );
}

#[wasm_bindgen_test]
fn late_events_of_an_old_link_are_ignored() {
    let harness = Harness::new();
    harness.log_in();
    harness.client.closed(1);
    harness.client.visible();
    assert!(harness.take().contains(&Call::Connect(2)));
    harness.client.opened(1);
    harness.client.received(1, &text_message("hi", "f1"));
    harness.client.closed(1);
    harness.client.token(1, "token".to_owned());
    harness.client.token_failed(1);
    assert_eq!(harness.take(), []);
}

#[wasm_bindgen_test]
async fn a_token_that_cannot_be_had_is_asked_for_again_after_a_while() {
    let harness = Harness::new();
    harness
        .client
        .login("alice".to_owned(), None, None)
        .unwrap();
    harness.client.token_failed(1);
    assert!(
        harness
            .take()
            .contains(&event(json!({ "type": "link-lost", "reason": "no-token" })))
    );
    harness
        .wait_for(|call| *call == Call::RequestToken(2))
        .await;
}

#[wasm_bindgen_test]
async fn a_nearer_deadline_replaces_the_timer() {
    let harness = Harness::new();
    harness
        .client
        .login("alice".to_owned(), Some("token".to_owned()), None)
        .unwrap();
    harness.client.opened(1);
    let answer = json!({ "code": 0, "firstLoginTime": 1, "keepAliveInterval": 1000 });
    harness.client.received(1, &control(50, &answer));
    // Ten seconds were allowed for the login; the heartbeat is due long before.
    harness
        .wait_for(|call| matches!(call, Call::Transmit(1, body) if body["type"] == 1))
        .await;
    harness.client.received(1, &control(51, &json!({})));
    let calls = harness.take();
    let answered =
        |call: &Call| matches!(call, Call::Event(event) if event["type"] == "heartbeat-answered");
    assert!(calls.iter().any(answered), "{calls:?}");
}

#[wasm_bindgen_test]
fn a_kick_a_refusal_and_a_complaint_carry_their_codes() {
    let harness = Harness::new();
    harness.log_in();
    let complaint = json!({ "errorCode": 4, "errorMsg": "invalid" });
    harness.client.received(1, &control(52, &complaint));
    harness.client.received(
        1,
        &control(54, &json!({ "code": 2, "reason": "maintenance" })),
    );
    let calls = harness.take();
    assert!(calls.contains(&event(
        json!({ "type": "server-error", "code": 4, "message": "invalid" })
    )));
    assert!(calls.contains(&event(
        json!({ "type": "kicked", "code": 2, "reason": "maintenance" })
    )));
    assert!(calls.contains(&Call::Disconnect(1)));

    harness
        .client
        .login("alice".to_owned(), Some("bad".to_owned()), None)
        .unwrap();
    harness.client.opened(2);
    harness.client.received(2, &login_answer(1025));
    let refused = event(json!({ "type": "login-refused", "code": 1025, "retry": false }));
    assert_eq!(harness.take().pop(), Some(refused));
}

#[wasm_bindgen_test]
fn a_logout_says_goodbye_and_tells_what_is_lost() {
    let harness = Harness::new();
    harness.log_in();
    harness.send("hi", "f1");
    harness.take();
    harness.client.logout();
    let calls = harness.take();
    assert!(
        matches!(&calls[0], Call::Transmit(1, body) if body["type"] == 3),
        "{calls:?}"
    );
    assert_eq!(calls[1], Call::Disconnect(1));
    let Some(Call::Event(lost)) = calls.last() else {
        panic!("{calls:?}");
    };
    assert_eq!(
        (&lost["type"], &lost["reason"]),
        (&json!("lost"), &json!("logged-out"))
    );
    assert_eq!(lost["message"]["text"], "hi");
}

#[wasm_bindgen_test]
fn what_an_earlier_page_stored_goes_on_where_it_was() {
    let before = Harness::new();
    before.log_in();
    before.client.received(1, &text_message("seen", "f1"));
    before.send("hi", "f2");
    let (mut hashes, mut bodies) = (Vec::new(), Vec::new());
    for call in before.take() {
        match call {
            Call::Remember(hash) => hashes.push(hash),
            Call::Persist(_, body) => bodies.push(body.to_string()),
            _ => {}
        }
    }

    let after = Harness::new();
    after.log_in();
    after.client.restore_received(&hashes.join(" "));
    after.client.restore(&bodies[0]).unwrap();
    after.client.received(1, &text_message("seen", "f1"));
    let calls = after.take();
    let [Call::Transmit(1, sent), Call::Transmit(1, ack)] = &calls[..] else {
        panic!("{calls:?}");
    };
    assert_eq!(
        (&sent["fp"], &ack["dataContent"]),
        (&json!("f2"), &json!("f1"))
    );
}

#[wasm_bindgen_test]
fn what_the_engine_does_not_take_is_thrown_by_name() {
    let harness = Harness::new();
    let name = |thrown: JsValue| {
        let name = Reflect::get(&thrown, &"name".into()).unwrap();
        name.as_string().unwrap()
    };
    let send = |to: &str, text: &str, qos| {
        let fp = Some("f1".to_owned());
        let sent = harness
            .client
            .send(to.to_owned(), text.to_owned(), -1, qos, fp);
        name(sent.unwrap_err())
    };
    assert_eq!(send("bob", "hi", true), "not-logged-in");
    let login = |user_id: &str| {
        let token = Some("token".to_owned());
        harness.client.login(user_id.to_owned(), token, None)
    };
    assert_eq!(name(login("").unwrap_err()), "no-user-id");
    login("alice").unwrap();
    assert_eq!(name(login("bob").unwrap_err()), "other-user");
    assert_eq!(send("bob", "hi", false), "offline");
    assert_eq!(send("", "hi", true), "no-receiver");
    assert_eq!(send("bob", &"x".repeat(70_000), true), "too-long");
    harness.send("hi", "f1");
    assert_eq!(send("bob", "hi", true), "bad-fingerprint");
    assert_eq!(
        name(harness.client.restore("{}").unwrap_err()),
        "not-restorable"
    );
}

#[wasm_bindgen_test]
fn a_host_that_throws_does_not_stop_the_engine() {
    let harness = Harness::with_host(|host: &Object| {
        let throws = Function::new_no_args("throw new Error('the socket is closing')");
        Reflect::set(host, &"transmit".into(), &throws).unwrap();
    });
    harness.log_in();
    harness.send("hi", "f1");
    assert_eq!(harness.take().len(), 1);
    harness.client.received(1, &acknowledgement("f1"));
    let last = harness.take().pop();
    assert_eq!(
        last,
        Some(event(json!({ "type": "delivered", "fp": "f1" })))
    );
}
