//! `MobileIM`'s server: `WebSocket`, TCP and UDP gateways that speak the `MobileIMSDK` v6 protocol, and databases to keep
//! messages in.
//!
//! What it decides is in [`mobileim_hub`]; here are the sockets. Begin with [`Server::builder`].

mod acceptor;
pub mod auth;
mod clock;
pub mod config;
mod database;
mod effective;
mod essential;
pub mod events;
mod gateway;
mod host;
mod http;
mod observers;
pub mod outgoing;
mod revocations;
mod server;
mod status;
pub mod store;
mod submissions;
mod tls;
pub mod webhook;

pub use clock::SystemClock;
pub use effective::{EffectiveSetting, EffectiveSettings, Shown, Source};
pub use gateway::{HttpLimits, Limits, Origins, PageOrigin, TrustedProxies};

pub use mobileim_hub::{
    AcceptAnyToken, Acceptance, AskedStats, AuthStats, Authenticator, ClientGroups, Clock,
    CloseReason, Config, ConversationPolicy, Counts, Deferred, Delivery, DeviceBook, DevicePolicy,
    DeviceView, Durations, Event, GroupChange, GroupSettings, HookStats, Hooks, InMemory, Label,
    LoginOutcome, LoginSource, LoginVerdict, MessageKind, MessageOutcome, NoSuchTiming, Origin,
    Outcome, Peer, PresencePolicy, Push, Quotas, Rate, Refusal, RegisteredDevice, Sent,
    ServerHandle, SessionView, Sessions, Stats, Timings, Verdict, View, VisibleTo,
};
pub use revocations::{Revocations, Revoking, TooManyRevoked};
pub use server::{
    Addresses, BindError, Bound, Builder, Drain, Listener, Running, Server, TlsListeners,
};
pub use submissions::Submissions;
pub use tls::{CertificateError, Certificates};
