//! What the back end is asked about messages, and what comes of its answers.

use mobileim_protocol::{MessageType, codes};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::*;
use crate::outgoing::testing::{Reply, Service};

const TIME: Duration = Duration::from_secs(20);

fn settings(service: &Service) -> QuestionSettings {
    QuestionSettings {
        address: service.address(),
        trust: Trust::default(),
        secrets: "a secret of at least 24 bytes".parse().unwrap(),
        time: TIME,
        concurrency: 4,
        batch: 100,
        on_failure: OnFailure::Retry,
    }
}

fn questions(settings: QuestionSettings) -> MessageQuestions {
    let questions = MessageQuestions::default();
    questions.set(Question::BeforeC2c, Some(settings));
    questions
}

fn asked(questions: &MessageQuestions, text: &str) -> Deferred<Verdict> {
    let message = Message::new(MessageType::CommonData, "alice", "bob").with_content(text);
    questions.0.before_c2c.ask(&message.with_qos("fp"))
}

async fn ask(questions: &MessageQuestions, text: &str) -> Verdict {
    match asked(questions, text) {
        Deferred::Ready(verdict) => verdict,
        Deferred::Pending(verdict) => verdict.await,
    }
}

fn contents(request: &[u8]) -> Vec<String> {
    let request: Value = serde_json::from_slice(request).unwrap();
    let messages = request["messages"].as_array().unwrap().iter();
    messages
        .map(|message| message["content"].as_str().unwrap().to_owned())
        .collect()
}

/// Changes each text.
fn shout(request: &[u8]) -> String {
    let texts = contents(request).into_iter();
    let answers = texts.map(|text| json!({ "accept": true, "content": format!("{text}!") }));
    json!({ "answers": answers.collect::<Vec<_>>() }).to_string()
}

fn is_put_off(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::RefuseForNow(wait) if *wait >= Duration::from_secs(2))
}

#[tokio::test]
async fn what_comes_together_is_asked_together_and_each_message_gets_its_answer() {
    let service = Service::start(Reply::Made(shout)).await;
    let questions = questions(settings(&service));
    let mut verdicts = JoinSet::new();
    for number in 0..1000 {
        let questions = questions.clone();
        verdicts.spawn(async move { (number, ask(&questions, &number.to_string()).await) });
    }
    for (number, verdict) in verdicts.join_all().await {
        assert_eq!(verdict, Verdict::Replace(format!("{number}!")));
    }
    let requests = service.asked();
    let sizes = requests.iter().map(|asked| contents(&asked.body).len());
    assert!(sizes.max().unwrap() <= 100);
    assert!((10..200).contains(&requests.len()), "{}", requests.len());
    assert!(
        requests[0].headers["webhook-signature"]
            .to_str()
            .unwrap()
            .starts_with("v1,")
    );
    let stats = questions.stats().before_c2c;
    assert_eq!((stats.changed, stats.unanswered), (1000, 0));
    assert_eq!(stats.requests_answered, requests.len() as u64);
}

#[tokio::test]
async fn without_an_answer_the_configured_verdict_holds_whatever_the_back_end_does() {
    let two = json!({ "answers": [{ "accept": true }, { "accept": true }] });
    for reply in [
        Reply::Json(String::new()),
        Reply::Json("{}".to_owned()),
        Reply::Json(two.to_string()),
        Reply::Json("[".repeat(500_000)),
        Reply::Json(" ".repeat(2 << 20)),
        Reply::Status(500),
        Reply::Status(204),
        Reply::RedirectTo("http://localhost:1/".to_owned()),
        Reply::Endless,
        Reply::Silent,
        Reply::Unfinished,
    ] {
        let is_slow = matches!(reply, Reply::Silent | Reply::Unfinished);
        let service = Service::start(reply.clone()).await;
        for on_failure in [OnFailure::Allow, OnFailure::Refuse, OnFailure::Retry] {
            let mut settings = settings(&service);
            settings.on_failure = on_failure;
            if is_slow {
                settings.time = Duration::from_millis(50);
            }
            let questions = questions(settings);
            let verdict = ask(&questions, "hi").await;
            match on_failure {
                OnFailure::Allow => assert_eq!(verdict, Verdict::Allow, "{reply:?}"),
                OnFailure::Retry => assert!(is_put_off(&verdict), "{reply:?}: {verdict:?}"),
                OnFailure::Refuse => {
                    let Verdict::RefuseSaying { code, .. } = verdict else {
                        panic!("{reply:?}: {verdict:?}");
                    };
                    assert_eq!(code, codes::TEMPORARILY_UNAVAILABLE);
                }
            }
            let stats = questions.stats().before_c2c;
            assert_eq!((stats.unanswered, stats.allowed), (1, 0), "{reply:?}");
        }
    }
}

#[tokio::test]
async fn who_is_silent_makes_a_few_wait_and_nobody_after_them() {
    let service = Service::start(Reply::Silent).await;
    let mut settings = settings(&service);
    settings.time = Duration::from_millis(200);
    let questions = questions(settings);
    let begin = Instant::now();
    assert!(is_put_off(&ask(&questions, "first").await));
    assert!(begin.elapsed() >= Duration::from_millis(200));
    for _ in 0..1000 {
        assert!(is_put_off(&ask(&questions, "more").await));
    }
    let stats = questions.stats().before_c2c;
    assert_eq!((stats.unanswered, stats.unasked), (1, 1000));
    // As soon as it answers, all are asked about again.
    service.answers(Reply::Made(shout));
    while ask(&questions, "again").await != Verdict::Replace("again!".to_owned()) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let changed = Verdict::Replace("now!".to_owned());
    assert_eq!(ask(&questions, "now").await, changed);
}

#[tokio::test]
async fn what_waits_is_bounded() {
    let service = Service::start(Reply::Silent).await;
    let questions = questions(settings(&service));
    let text = "x".repeat(64 * 1024);
    let mut verdicts = JoinSet::new();
    // Four requests have four messages each, and the others wait.
    for _ in 0..400 {
        let (questions, text) = (questions.clone(), text.clone());
        verdicts.spawn(async move { ask(&questions, &text).await });
    }
    let refused = verdicts.join_next().await.unwrap().unwrap();
    assert!(is_put_off(&refused));
    service.is_asked(4).await;
    for _ in 1..125 {
        assert!(is_put_off(&verdicts.join_next().await.unwrap().unwrap()));
    }
    let waiting = verdicts.len() * text.len();
    assert!(waiting < (16 << 20) + 5 * (256 << 10), "{waiting}");
    let unasked = questions.stats().before_c2c.unasked;
    assert!((125..150).contains(&unasked), "{unasked}");
}

#[tokio::test]
async fn a_question_can_change_and_what_stays_goes_on_as_it_was() {
    let (one, other) = (
        Service::start(Reply::Made(shout)).await,
        Service::start(Reply::Made(shout)).await,
    );
    let questions = MessageQuestions::default();
    assert!(matches!(
        asked(&questions, "hi"),
        Deferred::Ready(Verdict::Allow)
    ));
    for service in [&one, &one, &other] {
        questions.set(Question::BeforeC2c, Some(settings(service)));
        ask(&questions, "hi").await;
    }
    assert_eq!((one.asked().len(), other.asked().len()), (2, 1));
    let before = questions.0.before_c2c.asker.lock().clone().unwrap();
    questions.set(Question::BeforeC2c, Some(settings(&other)));
    let after = questions.0.before_c2c.asker.lock().clone().unwrap();
    assert!(Arc::ptr_eq(&before, &after));
    questions.set(Question::BeforeC2c, None);
    assert!(matches!(
        asked(&questions, "hi"),
        Deferred::Ready(Verdict::Allow)
    ));
    assert_eq!(questions.stats().before_c2c.changed, 3);
}
