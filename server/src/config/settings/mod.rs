//! The settings, by their sections.

mod api;
mod auth;
mod devices;
mod events;
mod explain;
mod general;
mod groups;
mod history;
mod limits;
mod listen;
mod presence;
mod webhooks;

pub use api::ApiSettings;
pub use auth::AuthSettings;
pub use devices::DeviceSettings;
pub use events::EventSettings;
pub use explain::ExplainSettings;
pub use general::GeneralSettings;
pub use groups::GroupSettings;
pub use history::HistorySettings;
pub use limits::LimitSettings;
pub use listen::ListenSettings;
pub use presence::PresenceSettings;
pub use webhooks::WebhookSettings;

use super::setting::sections;

sections! {
    general: GeneralSettings = general::GENERAL,
    listen: ListenSettings = listen::LISTEN,
    auth: AuthSettings = auth::AUTH,
    api: ApiSettings = api::API,
    webhooks: WebhookSettings = webhooks::WEBHOOKS,
    events: EventSettings = events::EVENTS,
    devices: DeviceSettings = devices::DEVICES,
    groups: GroupSettings = groups::GROUPS,
    history: HistorySettings = history::HISTORY,
    presence: PresenceSettings = presence::PRESENCE,
    explain: ExplainSettings = explain::EXPLAIN,
    limits: LimitSettings = limits::LIMITS,
}
