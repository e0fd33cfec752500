//! Settings of what the back end is asked about messages.

use super::super::setting::settings;
use super::super::values::{Count, ServiceUrl, TimeWithin, TrustedFile, WebhookSecret};
use crate::webhook::OnFailure;

settings! {
    /// What the back end is asked about messages.
    WebhookSettings in WEBHOOKS;

    /// The URL of your back end that is asked about each message between users before it is delivered: https, or http on this machine
    before_c2c: ServiceUrl { key: "webhooks.before-c2c", value: "URL", otherwise: "none", live: true, }

    /// What becomes of such a message if there is no clear answer in time
    before_c2c_on_failure: OnFailure {
        key: "webhooks.before-c2c-on-failure",
        value: "VERDICT",
        default: "retry",
        live: true,
    }

    /// The same for each message to the server, before it is taken
    before_c2s: ServiceUrl { key: "webhooks.before-c2s", value: "URL", otherwise: "none", live: true, }

    /// What becomes of such a message if there is no clear answer in time
    before_c2s_on_failure: OnFailure {
        key: "webhooks.before-c2s-on-failure",
        value: "VERDICT",
        default: "retry",
        live: true,
    }

    /// The URL of your back end that is asked who may see whether others are online, where presence.visible-to is ask
    presence: ServiceUrl { key: "webhooks.presence", value: "URL", otherwise: "none", live: true, }

    /// The secret that signs what is sent to the URLs in this section: 24 bytes at least, or what follows whsec_ in base64. Several, one
    /// a line, all sign, so that they can be replaced
    secret: WebhookSecret { key: "webhooks.secret", value: "SECRET", otherwise: "none", live: true, }

    /// A PEM file with certificates of who is trusted, beside those whom the system trusts, when the server asks a URL in this section
    provider_ca: TrustedFile { key: "webhooks.provider-ca", value: "FILE", otherwise: "none", live: true, }

    /// How long a message waits for the answer about it
    time: TimeWithin<1, 30> { key: "webhooks.time", value: "DURATION", default: "2s", live: true, }

    /// How many requests of each question are under way at once; what comes meanwhile waits and goes into the next
    concurrency: Count { key: "webhooks.concurrency", value: "N", default: "16", live: true, }

    /// How many messages one request asks about at most
    batch: Count { key: "webhooks.batch", value: "N", default: "100", live: true, }
}
