//! The settings of the program: declared once each, with name, default and help, and read into types.
//!
//! [`SETTINGS`] is the table that flags, environment variables, the help and the reference page are made from. A setting is
//! declared in `settings/`, and nowhere else; the type of its values is in `values/` and is read from a text, whatever
//! place the text comes from.

mod authentication;
mod command_line;
mod conversations;
mod encryption;
mod environment;
mod events;
mod example;
mod file;
mod meaning;
mod mistake;
mod nearest;
mod presence;
mod questions;
mod setting;
mod settings;
mod shown;
mod store_place;
mod subcommands;
mod values;

pub use command_line::{Configuration, Invocation};
pub use example::example;
pub use mistake::Mistake;
pub use setting::{Choice, Kind, SecretFile, Setting, Value};
pub use settings::{
    ApiSettings, AuthSettings, DeviceSettings, EventSettings, ExplainSettings, GeneralSettings,
    GroupSettings, HistorySettings, LimitSettings, ListenSettings, PresenceSettings, SETTINGS,
    Settings, WebhookSettings,
};
pub use store_place::StorePlace;
pub use values::{
    AllowedOrigins, ApiKeysFile, CertificateFile, ClientGroupsRule, Count, DataDir, DatabaseUrl,
    DirectHistory, JwtSecret, KeptFor, KeyFile, Lifetime, Limit, Listen, LogFilter, LogFormat,
    Name, NumberWithin, ProxiedListeners, PublicKeys, Quantity, SenseModes, ServiceUrl,
    SessionRule, Size, SizeWithin, StoreKind, Switch, Time, TimeWithin, TrustedFile, UdpTokens,
    UsersFile, Visibility, WebhookSecret,
};

#[cfg(test)]
mod tests;
