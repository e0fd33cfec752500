//! What a client asks its server, and what passes.

use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use super::support::{
    Call, Harness, answer, control, event, login_answer, login_answer_with_questions, text_message,
};
use crate::event::Kind;

#[wasm_bindgen_test]
fn a_question_goes_out_and_its_answer_comes_as_text() {
    let harness = Harness::new();
    harness.log_in_with(&login_answer_with_questions(2));
    let asks = |id: &str| harness.client.ask(id.to_owned(), r#"{"ask":"devices"}"#);
    assert_eq!((asks("q1"), asks("q2")), (0, 0));
    let calls = harness.take();
    let [Call::Transmit(1, first), Call::Transmit(1, _)] = &calls[..] else {
        panic!("{calls:?}");
    };
    assert_eq!(
        (&first["type"], &first["fp"], &first["dataContent"]),
        (&json!(30), &json!("q1"), &json!(r#"{"ask":"devices"}"#))
    );
    let refusal = r#"{"error":{"code":314,"text":"no"}}"#;
    harness.client.received(1, &answer("q2", "{}"));
    harness.client.received(1, &answer("q1", refusal));
    let answered = [json!(["q2", "{}", 0]), json!(["q1", refusal, 0])];
    assert_eq!(harness.take(), answered.map(Call::Answered));
}

#[wasm_bindgen_test]
fn a_question_that_is_not_asked_or_not_answered_says_why() {
    let harness = Harness::new();
    let asks = |id: &str| harness.client.ask(id.to_owned(), "{}");
    assert_eq!(asks("q1"), 3, "nobody is logged in");
    harness.log_in_with(&login_answer(0));
    assert_eq!(asks(""), 6);
    assert_eq!(asks("q2"), 0);
    let unsupported = Call::Answered(json!(["q2", "", 1]));
    assert_eq!(harness.take(), [unsupported]);
    harness.client.logout();
    let harness = Harness::new();
    harness.log_in_with(&login_answer_with_questions(1));
    assert_eq!(harness.client.ask("q3".to_owned(), "{}"), 0);
    harness.client.logout();
    let over = Call::Answered(json!(["q3", "", 3]));
    assert!(harness.take().contains(&over));
}

#[wasm_bindgen_test]
fn what_passes_is_told_as_text_and_what_the_user_tells_goes_out() {
    let harness = Harness::new();
    harness.log_in_with(&login_answer_with_questions(2));
    let typing = r##"{"signal":"typing","with":"#team"}"##;
    harness.client.signal(typing);
    let calls = harness.take();
    let [Call::Transmit(1, sent)] = &calls[..] else {
        panic!("{calls:?}");
    };
    assert_eq!(
        (&sent["type"], &sent["dataContent"]),
        (&json!(31), &json!(typing))
    );
    let signal = json!({ "signal": "typing", "with": "#team", "by": "bob" });
    harness.client.received(1, &control(81, &signal));
    let told = event(Kind::Signalled, 0.0, false, &signal.to_string());
    assert_eq!(harness.take(), [told]);
}

#[wasm_bindgen_test]
fn a_message_of_a_conversation_has_its_number_and_what_it_refers_to() {
    let harness = Harness::new();
    harness.log_in();
    let refs = r#"{"mentions":["alice"]}"#;
    let more = format!(r#","refs":{refs},"seq":17}}"#);
    let message = text_message("hi", "f1").replace('}', &more);
    harness.client.received(1, &message);
    let calls = harness.take();
    let told = json!(["bob", "alice", "hi", "f1", true, 0, false, 0, 17, refs]);
    assert!(calls.contains(&Call::Message(told)), "{calls:?}");
}
