//! The client in a browser, with a host and a server made for the test.

mod questions;
mod support;

use std::collections::BTreeSet;

use mobileim_protocol::client::{LinkLostReason, LostReason, State};
use serde_json::json;
use support::{
    Call, Harness, acknowledgement, control, delivered, event, login_answer,
    login_answer_that_misses, login_answer_with_batches, state, text_message,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::event::{Kind, link_lost_number, lost_number};

#[wasm_bindgen_test]
fn a_login_connects_asks_for_a_token_and_tells_how_it_went() {
    let harness = Harness::new();
    let extra = Some("device=h5".to_owned());
    let alice = "alice".to_owned();
    assert_eq!(harness.client.login(alice, None, extra, 0.0), 0);
    assert_eq!(
        harness.take(),
        [
            state(State::Connecting),
            Call::Connect(1),
            Call::RequestToken(1),
        ]
    );
    harness.client.token(1, "token".to_owned());
    harness.client.opened(1);
    let calls = harness.take();
    assert_eq!(calls[0], state(State::LoggingIn));
    let Call::Transmit(1, login) = &calls[1] else {
        panic!("no LOGIN in {calls:?}");
    };
    assert_eq!(login["type"], 0);
    assert_eq!(
        support::parse(login["dataContent"].as_str().unwrap()),
        json!({ "loginUserId": "alice", "loginToken": "token", "extra": "device=h5", "firstLoginTime": 0, "maxBatch": 65536, "maxBody": 65536, "deviceId": "d-1", "platform": "web" })
    );
    harness.client.received(1, &login_answer(0));
    assert_eq!(
        harness.take(),
        [
            state(State::Online),
            event(Kind::LoggedIn, 1_795_176_857_455.0, false, ""),
        ]
    );
}

#[wasm_bindgen_test]
fn a_device_that_was_away_for_too_long_is_told_from_when_on() {
    let harness = Harness::new();
    let token = Some("token".to_owned());
    assert_eq!(
        harness.client.login("alice".to_owned(), token, None, 0.0),
        0
    );
    harness.client.opened(1);
    let answer = login_answer_that_misses(1_795_000_000_000);
    harness.client.received(1, &answer);
    let missed = event(Kind::Missed, 1_795_000_000_000.0, false, "");
    assert!(harness.take().contains(&missed));
}

#[wasm_bindgen_test]
fn a_message_is_stored_sent_and_told_when_it_is_acknowledged() {
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
    assert_eq!(harness.take(), [delivered("f1")]);
    assert_eq!(harness.client.pending(), 0);
}

#[wasm_bindgen_test]
fn a_host_that_stores_nothing_is_not_asked_to() {
    let harness = Harness::with_host(false, |_| {});
    harness.log_in();
    harness.send("hi", "f1");
    harness.client.received(1, &text_message("hi", "f2"));
    let calls = harness.take();
    let [Call::Transmit(1, _), Call::Message(_), Call::Transmit(1, _)] = &calls[..] else {
        panic!("{calls:?}");
    };
}

#[wasm_bindgen_test]
fn fingerprints_come_many_at_once_and_no_two_are_alike() {
    let harness = Harness::new();
    harness.client.new_fingerprints();
    harness.client.new_fingerprints();
    let calls = harness.take();
    let [Call::Fingerprints(first), Call::Fingerprints(second)] = &calls[..] else {
        panic!("{calls:?}");
    };
    let all = first.to_owned() + second;
    let (each, rest) = all.as_bytes().as_chunks::<36>();
    assert_eq!((each.len(), rest.len()), (32, 0));
    let different: BTreeSet<_> = each.iter().collect();
    assert_eq!(different.len(), each.len());
    for fp in each {
        let dashes = [8, 13, 18, 23].map(|at| fp[at]);
        assert_eq!(dashes, *b"----");
    }
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
        Call::Message(json!([
            "bob", "alice", "hi", "f1", true, 0, false, 0, 0, null
        ]))
    );
    assert_eq!(
        (&ack["type"], &ack["dataContent"]),
        (&json!(4), &json!("f1"))
    );
}

#[wasm_bindgen_test]
fn a_message_that_nobody_hears_waits_also_when_the_one_before_it_ended_the_listening() {
    let harness = Harness::new();
    harness.log_in_with(&login_answer_with_batches(65_536));
    harness.react(|client, call| {
        if let Call::Message(_) = call {
            client.listening(false);
        }
    });
    let frame = [text_message("hi", "f1"), text_message("you", "f2")].join("\n");
    harness.client.received(1, &frame);
    harness.client.flush();
    let told = |calls: &[Call]| {
        let is_told = |call: &&Call| matches!(call, Call::Message(_));
        calls.iter().filter(is_told).count()
    };
    assert_eq!(told(&harness.take()), 1);
    harness.client.listening(true);
    assert_eq!(told(&harness.take()), 1);
    harness.client.listening(true);
    assert_eq!(harness.take(), []);
}

#[wasm_bindgen_test]
fn a_callback_may_call_back_and_what_it_sends_goes_out_last() {
    let harness = Harness::new();
    harness.log_in();
    harness.react(|client, call| {
        if let Call::Message(_) = call {
            let (to, fp) = ("bob".to_owned(), "f2".to_owned());
            assert_eq!(client.send(to, "re".to_owned(), -1, true, fp, None), 0);
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
    let alice = "alice".to_owned();
    assert_eq!(harness.client.login(alice, None, None, 0.0), 0);
    harness.send("hi", "f1");
    let last = harness.take().pop();
    assert_eq!(last, Some(delivered("f1")));
}

#[wasm_bindgen_test]
fn late_events_of_an_old_link_are_ignored() {
    let harness = Harness::new();
    harness.log_in();
    harness.client.closed(1);
    harness.client.visible(true);
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
    let alice = "alice".to_owned();
    assert_eq!(harness.client.login(alice, None, None, 0.0), 0);
    harness.client.token_failed(1);
    assert!(harness.take().contains(&event(
        Kind::LinkLost,
        f64::from(link_lost_number(LinkLostReason::NoToken)),
        false,
        ""
    )));
    harness
        .wait_for(|call| *call == Call::RequestToken(2))
        .await;
}

#[wasm_bindgen_test]
async fn a_nearer_deadline_replaces_the_timer() {
    let harness = Harness::new();
    let (alice, token) = ("alice".to_owned(), Some("token".to_owned()));
    assert_eq!(harness.client.login(alice, token, None, 0.0), 0);
    harness.client.opened(1);
    let answer = json!({ "code": 0, "firstLoginTime": 1, "keepAliveInterval": 1000 });
    harness.client.received(1, &control(50, &answer));
    // Ten seconds were allowed for the login; the heartbeat is due long before.
    harness
        .wait_for(|call| matches!(call, Call::Transmit(1, body) if body["type"] == 1))
        .await;
    harness.client.received(1, &control(51, &json!({})));
    let calls = harness.take();
    let answered = |call: &Call| matches!(call, Call::Event(event) if event[0] == Kind::HeartbeatAnswered as u32);
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
    assert!(calls.contains(&event(Kind::ServerError, 4.0, false, "invalid")));
    assert!(calls.contains(&event(Kind::Kicked, 2.0, true, "maintenance")));
    assert!(calls.contains(&Call::Disconnect(1)));

    let (alice, token) = ("alice".to_owned(), Some("bad".to_owned()));
    assert_eq!(harness.client.login(alice, token, None, 0.0), 0);
    harness.client.opened(2);
    harness.client.received(2, &login_answer(1025));
    let refused = event(Kind::LoginRefused, 1025.0, false, "");
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
    let lost = json!([
        "bob",
        "hi",
        "f1",
        -1,
        lost_number(LostReason::LoggedOut).0,
        0.0,
        null
    ]);
    assert_eq!(calls.last(), Some(&Call::Lost(lost)));
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
    assert_eq!(after.client.restore(&bodies[0]), 0);
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
fn a_login_that_goes_another_one_on_says_when_that_was() {
    let harness = Harness::new();
    let (alice, token) = ("alice".to_owned(), Some("token".to_owned()));
    let began = 1_795_176_857_455.0;
    assert_eq!(harness.client.login(alice, token, None, began), 0);
    harness.client.opened(1);
    let calls = harness.take();
    let Some(Call::Transmit(1, login)) = calls.last() else {
        panic!("no LOGIN in {calls:?}");
    };
    let login = support::parse(login["dataContent"].as_str().unwrap());
    assert_eq!(login["firstLoginTime"], 1_795_176_857_455_i64);
}

#[wasm_bindgen_test]
fn what_the_engine_does_not_take_is_told_by_number() {
    let harness = Harness::new();
    let send = |to: &str, text: &str, qos, fp: &str| {
        let (to, text, fp) = (to.to_owned(), text.to_owned(), fp.to_owned());
        harness.client.send(to, text, -1, qos, fp, None)
    };
    assert_eq!(send("bob", "hi", true, "f1"), 3, "nobody is logged in");
    let login = |user_id: &str| {
        let token = Some("token".to_owned());
        harness.client.login(user_id.to_owned(), token, None, 0.0)
    };
    assert_eq!(login(""), 1, "no user id");
    assert_eq!(login("alice"), 0);
    assert_eq!(login("bob"), 2, "another user");
    assert_eq!(send("bob", "hi", false, "f1"), 4, "offline");
    assert_eq!(send("", "hi", true, "f1"), 5, "no receiver");
    assert_eq!(send("bob", "hi", true, ""), 6, "no fingerprint");
    assert_eq!(send("bob", &"x".repeat(70_000), true, "f1"), 7, "too long");
    assert_eq!(send("bob", "hi", true, "f1"), 0);
    assert_eq!(send("bob", "hi", true, "f1"), 12, "a fingerprint in use");
    assert_eq!(harness.client.restore("{}"), 9, "no message of alice");
}

#[wasm_bindgen_test]
fn where_the_server_takes_it_what_goes_out_in_one_task_shares_a_frame() {
    let harness = Harness::new();
    harness.log_in_with(&login_answer_with_batches(4096));
    let messages = [text_message("one", "f1"), text_message("two", "f2")];
    harness.client.received(1, &messages.join("\n"));
    harness.send("three", "f3");
    let calls = harness.take();
    let shown = |call: &&Call| matches!(call, Call::Message(_));
    assert_eq!(calls.iter().filter(shown).count(), 2);
    let asked = |call: &&Call| **call == Call::FlushSoon;
    assert_eq!(calls.iter().filter(asked).count(), 1);
    assert!(!calls.iter().any(|call| matches!(call, Call::Transmit(..))));
    harness.client.flush();
    let calls = harness.take();
    let [Call::Batch(1, bodies)] = &calls[..] else {
        panic!("{calls:?}");
    };
    let types: Vec<_> = bodies.iter().map(|body| &body["type"]).collect();
    assert_eq!(types, [4, 4, 2]);
    harness.client.flush();
    assert_eq!(harness.take(), []);
}

#[wasm_bindgen_test]
fn a_frame_is_not_longer_than_the_server_takes() {
    let harness = Harness::new();
    harness.log_in_with(&login_answer_with_batches(400));
    for fp in ["f1", "f2", "f3"] {
        harness.send(&"x".repeat(60), fp);
    }
    harness.client.flush();
    let frames: Vec<_> = harness
        .take()
        .into_iter()
        .filter_map(|call| match call {
            Call::Batch(1, bodies) => Some(bodies.len()),
            Call::Transmit(1, _) => Some(1),
            _ => None,
        })
        .collect();
    assert_eq!(frames, [2, 1]);
}

#[wasm_bindgen_test]
fn what_waits_goes_out_before_the_link_is_closed() {
    let harness = Harness::new();
    harness.log_in_with(&login_answer_with_batches(4096));
    harness.client.received(1, &text_message("hi", "f1"));
    harness.client.logout();
    let calls: Vec<_> = harness
        .take()
        .into_iter()
        .filter_map(|call| match call {
            Call::Transmit(1, body) => Some(body["type"].to_string()),
            Call::Disconnect(1) => Some("disconnect".to_owned()),
            _ => None,
        })
        .collect();
    assert_eq!(calls, ["4", "3", "disconnect"]);
}
