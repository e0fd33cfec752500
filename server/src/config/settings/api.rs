//! Settings of the HTTP API.

use super::super::setting::settings;
use super::super::values::{ApiKeysFile, Count, Switch};

settings! {
    /// The HTTP API.
    ApiSettings in API;

    /// A file of keys for the API, as mobileim-server api-key prints its lines: whoever has one may use it, at http and https or at
    /// api, as far as the scopes of the key go
    api_keys: ApiKeysFile { key: "api.keys-file", value: "FILE", otherwise: "none, and there is no API", live: true, }

    /// Whether the admin page is served at /admin/ beside the API, if there are keys for it
    admin_page: Switch { key: "api.admin-page", default: "on", }

    /// To how many users a second one broadcast is sent at most, so that people's own messages have their turn
    broadcast_rate: Count { key: "api.broadcast-rate", value: "N", default: "1000", }
}
