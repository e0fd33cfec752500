//! A host that writes down what the engine asks of it, and a server's side of the wire.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use js_sys::{Object, Reflect};
use mobileim_client_wasm::{Host, WasmClient};
use serde_json::{Value, json};
use wasm_bindgen::closure::{Closure, WasmClosure};
use wasm_bindgen::prelude::*;

/// What the engine asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Call {
    Connect(u32),
    Transmit(u32, Value),
    Disconnect(u32),
    RequestToken(u32),
    Persist(String, Value),
    Forget(String),
    Remember(String),
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
        Self::with_host(|_| {})
    }

    /// A harness whose host object was changed before the client got it.
    pub(crate) fn with_host(change: impl FnOnce(&Object)) -> Self {
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
            Box::new(move |link, body| shared.record(Call::Transmit(link, parse(&body))))
        });
        on::<dyn Fn(String, String)>(&host, "persist", &shared, |shared| {
            Box::new(move |fp, body| shared.record(Call::Persist(fp, parse(&body))))
        });
        on::<dyn Fn(String)>(&host, "forget", &shared, |shared| {
            Box::new(move |fp| shared.record(Call::Forget(fp)))
        });
        on::<dyn Fn(String)>(&host, "remember", &shared, |shared| {
            Box::new(move |hash| shared.record(Call::Remember(hash)))
        });
        on::<dyn Fn(JsValue)>(&host, "event", &shared, |shared| {
            Box::new(move |event| {
                let text = js_sys::JSON::stringify(&event).expect("events are plain objects");
                shared.record(Call::Event(parse(&String::from(text))));
            })
        });
        change(&host);
        let client = WasmClient::new(host.unchecked_into::<Host>(), 1, 2, None);
        let client = Rc::new(client.expect("the default sense mode exists"));
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
        let token = Some("token".to_owned());
        self.client.login("alice".to_owned(), token, None).unwrap();
        self.client.opened(1);
        self.client.received(1, &login_answer(0));
        self.take();
    }

    /// Sends a text to bob with this fingerprint.
    pub(crate) fn send(&self, text: &str, fp: &str) {
        let (to, fp) = ("bob".to_owned(), Some(fp.to_owned()));
        self.client.send(to, text.to_owned(), -1, true, fp).unwrap();
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

pub(crate) fn parse(text: &str) -> Value {
    serde_json::from_str(text).expect("the engine speaks JSON")
}

pub(crate) fn event(event: Value) -> Call {
    Call::Event(event)
}

/// The server's answer to a login.
pub(crate) fn login_answer(code: i32) -> String {
    control(
        50,
        &json!({ "code": code, "firstLoginTime": 1_795_176_857_455_i64 }),
    )
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
