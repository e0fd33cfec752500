//! The settings, by their sections.

mod api;
mod auth;
mod events;
mod explain;
mod general;
mod limits;
mod listen;

pub use api::ApiSettings;
pub use auth::AuthSettings;
pub use events::EventSettings;
pub use explain::ExplainSettings;
pub use general::GeneralSettings;
pub use limits::LimitSettings;
pub use listen::ListenSettings;

use super::setting::sections;

sections! {
    general: GeneralSettings = general::GENERAL,
    listen: ListenSettings = listen::LISTEN,
    auth: AuthSettings = auth::AUTH,
    api: ApiSettings = api::API,
    events: EventSettings = events::EVENTS,
    explain: ExplainSettings = explain::EXPLAIN,
    limits: LimitSettings = limits::LIMITS,
}
