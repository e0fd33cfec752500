//! A host that writes down what the engine asks of it, and a server's side of the wire.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use gloo_timers::callback::Timeout;
use js_sys::{Function, JSON, Object, Reflect};
use mobileim_protocol::client::State;
use serde_json::{Value, json};
use wasm_bindgen::closure::{Closure, WasmClosure};
use wasm_bindgen::prelude::*;

use crate::event::{Kind, state_number};
use crate::host::Host;
use crate::wasm_client::WasmClient;

/// What the engine asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Call {
    Connect(u32),
    Transmit(u32, Value),
    /// A frame with several bodies.
    Batch(u32, Vec<Value>),
    FlushSoon,
    Disconnect(u32),
    RequestToken(u32),
    Persist(String, Value),
    Remember(String),
    Fingerprints(String),
    Message(Value),
    Delivered(String),
    Lost(Value),
    Answered(Value),
    Event(Value),
}

type Hook = Box<dyn Fn(&WasmClient, &Call)>;

/// A client whose host writes everything down.
#[derive(Clone)]
pub(crate) struct Harness {
    pub(crate) client: Rc<WasmClient>,
    shared: Rc<Shared>,
}

#[derive(Default)]
struct Shared {
    calls: RefCell<Vec<Call>>,
    /// Called from inside the host's methods.
    hook: RefCell<Option<Rc<Hook>>>,
    client: RefCell<Option<Rc<WasmClient>>>,
    waker: RefCell<Option<Waker>>,
}

impl Shared {
    fn record(&self, call: Call) {
        let hook = self.hook.borrow().clone();
        let client = self.client.borrow().clone();
        if let (Some(hook), Some(client)) = (hook, client) {
            self.calls.borrow_mut().push(call.clone());
            hook(&client, &call);
        } else {
            self.calls.borrow_mut().push(call);
        }
        if let Some(waker) = self.waker.borrow_mut().take() {
            waker.wake();
        }
    }
}

impl Harness {
    pub(crate) fn new() -> Self {
        Self::with_host(true, |_| {})
    }

    /// A harness whose host stores things, or not, and whose object was changed before the client got it.
    pub(crate) fn with_host(keeps: bool, change: impl FnOnce(&Object)) -> Self {
        let shared = Rc::new(Shared::default());
        let host = Object::new();
        on::<dyn Fn(u32)>(&host, "connect", &shared, |shared| {
            Box::new(move |link| shared.record(Call::Connect(link)))
        });
        on::<dyn Fn(u32)>(&host, "disconnect", &shared, |shared| {
            Box::new(move |link| shared.record(Call::Disconnect(link)))
        });
        on::<dyn Fn(u32)>(&host, "requestToken", &shared, |shared| {
            Box::new(move |link| shared.record(Call::RequestToken(link)))
        });
        on::<dyn Fn(u32, String)>(&host, "transmit", &shared, |shared| {
            Box::new(move |link, frame| {
                let mut bodies: Vec<_> = frame.split('\n').map(parse).collect();
                shared.record(match bodies.len() {
                    1 => Call::Transmit(link, bodies.remove(0)),
                    _ => Call::Batch(link, bodies),
                });
            })
        });
        on::<dyn Fn()>(&host, "flushSoon", &shared, |shared| {
            Box::new(move || shared.record(Call::FlushSoon))
        });
        on::<dyn Fn(String, String)>(&host, "persist", &shared, |shared| {
            Box::new(move |fp, body| shared.record(Call::Persist(fp, parse(&body))))
        });
        on::<dyn Fn(String)>(&host, "remember", &shared, |shared| {
            Box::new(move |hash| shared.record(Call::Remember(hash)))
        });
        on::<dyn Fn(String)>(&host, "fingerprints", &shared, |shared| {
            Box::new(move |all| shared.record(Call::Fingerprints(all)))
        });
        on::<dyn Fn(String)>(&host, "delivered", &shared, |shared| {
            Box::new(move |fp| shared.record(Call::Delivered(fp)))
        });
        // It has more arguments than a closure may have.
        on::<dyn Fn(JsValue)>(&host, "message", &shared, |shared| {
            Box::new(move |message| {
                let message = JSON::stringify(&message).expect("numbers and texts are JSON");
                shared.record(Call::Message(parse(&String::from(message))));
            })
        });
        collect(&host, "message");
        on::<dyn Fn(String, String, String, i32, u32, f64, Option<String>)>(
            &host,
            "lost",
            &shared,
            |shared| {
                Box::new(move |to, text, fp, typeu, reason, code, refs| {
                    shared.record(Call::Lost(json!([to, text, fp, typeu, reason, code, refs])));
                })
            },
        );
        on::<dyn Fn(String, String, u32)>(&host, "answered", &shared, |shared| {
            Box::new(move |id, text, why| {
                shared.record(Call::Answered(json!([id, text, why])));
            })
        });
        on::<dyn Fn(u32, f64, bool, String)>(&host, "event", &shared, |shared| {
            Box::new(move |kind, number, flag, text| {
                shared.record(Call::Event(json!([kind, number, flag, text])));
            })
        });
        on::<dyn Fn(i32)>(&host, "setTimer", &shared, |shared| {
            let timer = RefCell::new(None);
            Box::new(move |millis| {
                let client = shared.client.borrow().clone();
                *timer.borrow_mut() = u32::try_from(millis).ok().map(|millis| {
                    Timeout::new(millis, move || {
                        client.expect("a timer is set by a client").timeout()
                    })
                });
            })
        });
        change(&host);
        let client = Rc::new(WasmClient::new(
            host.unchecked_into::<Host>(),
            keeps,
            1,
            2,
            15,
            1,
            Some("d-1".to_owned()),
            Some("web".to_owned()),
        ));
        client.listening(true);
        *shared.client.borrow_mut() = Some(client.clone());
        Self { client, shared }
    }

    /// Lets `hook` react from inside the host's methods.
    pub(crate) fn react(&self, hook: impl Fn(&WasmClient, &Call) + 'static) {
        *self.shared.hook.borrow_mut() = Some(Rc::new(Box::new(hook)));
    }

    /// Takes what was asked for since the last time.
    pub(crate) fn take(&self) -> Vec<Call> {
        self.shared.calls.take()
    }

    /// Waits for a call.
    pub(crate) async fn wait_for(&self, is_it: impl Fn(&Call) -> bool) {
        poll_fn(|context| {
            if self.shared.calls.borrow().iter().any(&is_it) {
                return Poll::Ready(());
            }
            *self.shared.waker.borrow_mut() = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Logs alice in on link 1, and forgets how.
    pub(crate) fn log_in(&self) {
        self.log_in_with(&login_answer(0));
    }

    /// The same, with the server's answer.
    pub(crate) fn log_in_with(&self, answer: &str) {
        let token = Some("token".to_owned());
        assert_eq!(self.client.login("alice".to_owned(), token, None, 0.0), 0);
        self.client.opened(1);
        self.client.received(1, answer);
        self.take();
    }

    /// Sends a text to bob with this fingerprint.
    pub(crate) fn send(&self, text: &str, fp: &str) {
        let (to, fp) = ("bob".to_owned(), fp.to_owned());
        assert_eq!(self.client.send(to, text.to_owned(), -1, true, fp, None), 0);
    }
}

/// Adds a method to the host. Its closure lives as long as the page: a test's.
fn on<F: ?Sized + WasmClosure>(
    host: &Object,
    name: &str,
    shared: &Rc<Shared>,
    make: impl FnOnce(Rc<Shared>) -> Box<F>,
) {
    let closure = Closure::wrap(make(shared.clone())).into_js_value();
    Reflect::set(host, &name.into(), &closure).expect("a new object takes properties");
}

/// Has a method of the host take all arguments as one list.
fn collect(host: &Object, name: &str) {
    let wrap = Function::new_with_args("method", "return (...all) => method(all)");
    let method = Reflect::get(host, &name.into()).expect("it is there");
    let wrapped = wrap
        .call1(&JsValue::NULL, &method)
        .expect("it is a function");
    Reflect::set(host, &name.into(), &wrapped).expect("an object takes properties");
}

pub(crate) fn parse(text: &str) -> Value {
    serde_json::from_str(text).expect("the engine speaks JSON")
}

/// What `Host.event` is told.
pub(crate) fn event(kind: Kind, number: f64, flag: bool, text: &str) -> Call {
    Call::Event(json!([kind as u32, number, flag, text]))
}

/// The client's state changed.
pub(crate) fn state(state: State) -> Call {
    event(Kind::State, f64::from(state_number(state)), false, "")
}

/// A message is at its receiver.
pub(crate) fn delivered(fp: &str) -> Call {
    Call::Delivered(fp.to_owned())
}

/// The server's answer to a login.
pub(crate) fn login_answer(code: i32) -> String {
    control(
        50,
        &json!({ "code": code, "firstLoginTime": 1_795_176_857_455_i64 }),
    )
}

/// The same to a device that was away for too long.
pub(crate) fn login_answer_that_misses(since: i64) -> String {
    let answer =
        json!({ "code": 0, "firstLoginTime": 1_795_176_857_455_i64, "missedSince": since });
    control(50, &answer)
}

/// The same of a server that takes batches.
pub(crate) fn login_answer_with_batches(max_batch: usize) -> String {
    let answer =
        json!({ "code": 0, "firstLoginTime": 1_795_176_857_455_i64, "maxBatch": max_batch });
    control(50, &answer)
}

/// The same of a server that answers questions.
pub(crate) fn login_answer_with_questions(at_once: usize) -> String {
    let answer =
        json!({ "code": 0, "firstLoginTime": 1_795_176_857_455_i64, "maxQuestions": at_once });
    control(50, &answer)
}

/// The server's answer to a question.
pub(crate) fn answer(id: &str, content: &str) -> String {
    json!({ "type": 80, "dataContent": content, "from": "0", "to": "alice", "fp": id }).to_string()
}

/// The receiver's acknowledgement of a message to bob.
pub(crate) fn acknowledgement(fp: &str) -> String {
    json!({ "type": 4, "dataContent": fp, "from": "bob", "to": "alice" }).to_string()
}

/// A text from bob with QoS.
pub(crate) fn text_message(text: &str, fp: &str) -> String {
    json!({ "type": 2, "dataContent": text, "from": "bob", "to": "alice", "fp": fp, "QoS": true })
        .to_string()
}

/// A control message of the server: its content is JSON in a string.
pub(crate) fn control(kind: i32, content: &Value) -> String {
    json!({ "type": kind, "dataContent": content.to_string(), "from": "0", "to": "alice" })
        .to_string()
}
