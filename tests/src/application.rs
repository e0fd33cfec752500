//! The application's part in tests: what the application beside the original server did when it was recorded.

use std::net::SocketAddr;
use std::time::Duration;

use mobileim_protocol::payload::LoginRequest;
use mobileim_protocol::{Message, codes};
use mobileim_server::{
    Acceptance, Authenticator, Builder, Config, Deferred, Hooks, LoginVerdict, Push, Quotas,
    Server, ServerHandle, Verdict,
};

/// Any free port of this machine.
pub const ANY_PORT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// The `typeu` of pushed messages.
pub const PUSH_TYPEU: i32 = 7;

/// A server with the test application, on free ports of this machine.
pub fn server() -> Builder {
    Server::builder(Application)
        .hooks(Application)
        .tcp(ANY_PORT)
        .udp(ANY_PORT)
        .websocket(ANY_PORT)
}

/// The same without quotas, for tests that flood it to see another bound.
pub fn server_without_quotas() -> Builder {
    let mut config = Config::default();
    config.quotas = Quotas::unlimited();
    server().config(config)
}

/// Refuses the token "bad", and "later" for now, pushes back what is sent to the server as "push:…", and refuses what is about spam.
#[derive(Debug, Clone, Copy)]
pub struct Application;

/// The code that [`Application`] refuses messages with.
pub const REFUSAL: i64 = 2001;

impl Authenticator for Application {
    fn verify(&self, request: &LoginRequest) -> Deferred<LoginVerdict> {
        match request.token.as_str() {
            "bad" => LoginVerdict::Refuse(codes::BAD_TOKEN).into(),
            "later" => LoginVerdict::Refuse(codes::TEMPORARILY_UNAVAILABLE).into(),
            "slow" => Deferred::pending(async {
                tokio::time::sleep(Duration::from_millis(100)).await;
                LoginVerdict::Accept
            }),
            _ => LoginVerdict::Accept.into(),
        }
    }
}

impl Hooks for Application {
    fn before_c2c(&self, _server: &ServerHandle, message: &Message<'_>) -> Deferred<Verdict> {
        match message.content.as_deref() {
            Some("spam") => Verdict::Refuse(REFUSAL).into(),
            Some("panic") => panic!("as a test wants it"),
            Some("slow panic") => Deferred::pending(async { panic!("as a test wants it") }),
            Some("slow spam") => Deferred::pending(async {
                tokio::time::sleep(Duration::from_millis(100)).await;
                Verdict::Refuse(REFUSAL)
            }),
            Some("heck") => Verdict::Replace("h**k".to_owned()).into(),
            _ => Verdict::Allow.into(),
        }
    }

    fn c2s(&self, server: &ServerHandle, message: &Message<'_>) -> Deferred<Acceptance> {
        let content = message.content.as_deref().unwrap_or_default();
        if content == "spam" {
            return Acceptance::Refuse(REFUSAL).into();
        }
        if let (Some(text), Some(user)) = (content.strip_prefix("push:"), &message.from) {
            let (server, user) = (server.clone(), user.clone().into_owned());
            let push = Push {
                content: text.to_owned(),
                typeu: PUSH_TYPEU,
                qos: true,
                ttl: None,
                refs: None,
            };
            tokio::spawn(async move {
                // After the acknowledgement of what asked for it.
                tokio::time::sleep(Duration::from_millis(50)).await;
                server.send(&user, &push);
            });
        }
        Acceptance::Accept.into()
    }
}
