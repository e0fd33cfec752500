//! The types of the settings' values. Each is read from a text, with an error that says what is expected.

mod auth;
mod count;
mod limit;
mod listen;
mod log;
mod log_format;
mod origin;
mod proxy;
mod rate;
mod sense;
mod service;
mod size;
mod store;
mod switch;
mod time;
mod tls;
mod tokens;
mod within;

pub use auth::{ApiKeysFile, JwtSecret, Name, PublicKeys, UsersFile};
pub use count::Count;
pub use limit::{Limit, Quantity};
pub use listen::Listen;
pub use log::LogFilter;
pub use log_format::LogFormat;
pub use origin::AllowedOrigins;
pub use proxy::ProxiedListeners;
pub use sense::SenseModes;
pub use service::{ServiceUrl, TrustedFile, WebhookSecret};
pub use size::Size;
pub use store::{DataDir, DatabaseUrl, StoreKind};
pub use switch::Switch;
pub use time::{Lifetime, Time};
pub use tls::{CertificateFile, KeyFile};
pub use tokens::UdpTokens;
pub(super) use within::KIB;
pub use within::{SizeWithin, TimeWithin};
