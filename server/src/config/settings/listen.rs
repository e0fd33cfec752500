//! Settings of the addresses that the server listens on.

use super::super::setting::settings;
use super::super::values::{
    AllowedOrigins, CertificateFile, KeyFile, Listen, ProxiedListeners, Switch,
};
use crate::gateway::TrustedProxies;

settings! {
    /// Where the server listens.
    ListenSettings in LISTEN;

    /// Where to listen for TCP clients; "off" to switch it off, port 0 for any free port
    tcp: Listen {
        key: "listen.tcp",
        value: "ADDR",
        default: "127.0.0.1:8901",
    }

    /// Where to listen for UDP clients
    udp: Listen {
        key: "listen.udp",
        value: "ADDR",
        default: "127.0.0.1:7901",
    }

    /// Where to listen for WebSocket clients (path /websocket)
    ws: Listen {
        key: "listen.ws",
        value: "ADDR",
        default: "127.0.0.1:3000",
    }

    /// Where to listen for HTTP requests: /healthz, /readyz, /metrics and the chat page
    http: Listen {
        key: "listen.http",
        value: "ADDR",
        default: "127.0.0.1:8080",
    }

    /// Where to listen for TCP clients that use TLS
    tcp_tls: Listen { key: "listen.tcp-tls", value: "ADDR", default: "off", }

    /// Where to listen for WebSocket clients that use TLS (path /websocket)
    wss: Listen { key: "listen.wss", value: "ADDR", default: "off", }

    /// Where to listen for HTTP requests that use TLS
    https: Listen { key: "listen.https", value: "ADDR", default: "off", }

    /// Where to listen for requests to the API (path /api/v1), which is then not at http and https. It is not encrypted
    api: Listen { key: "listen.api", value: "ADDR", default: "off", }

    /// Where to listen for requests to the API that use TLS; the API is then not at http and https
    api_tls: Listen { key: "listen.api-tls", value: "ADDR", default: "off", }

    /// The PEM file with the certificate for TLS, followed by those that vouch for it. It is read again when it changes
    tls_cert: CertificateFile {
        key: "listen.tls-cert",
        value: "FILE",
        otherwise: "none",
    }

    /// The PEM file with the certificate's private key, which is not encrypted. It is read again when it changes
    tls_key: KeyFile {
        key: "listen.tls-key",
        value: "FILE",
        otherwise: "none",
    }

    /// Proxies in front of the server, by address or network: of a WebSocket or HTTP request that comes from one of them,
    /// the client's address is what X-Forwarded-For says. From others it means nothing
    trusted_proxies: TrustedProxies {
        key: "listen.trusted-proxies",
        value: "NETWORK",
        otherwise: "none",
    }

    /// Listeners to which trusted proxies alone may connect, and each connection begins with a PROXY header, version 1 or 2,
    /// which says the client's address: tcp, tcp-tls, ws, wss, http, https, api, api-tls
    proxy_protocol: ProxiedListeners {
        key: "listen.proxy-protocol",
        value: "LISTENER",
        otherwise: "none",
    }

    /// Pages that may open a WebSocket, by the origin that browsers send: scheme, host and port, where *. before the
    /// host stands for all names below it; "*" for any page. Clients that are no browsers have no origin
    allowed_origins: AllowedOrigins {
        key: "listen.allowed-origins",
        value: "ORIGIN",
        otherwise: "the same host on any port; with --dev, any",
        live: true,
    }

    /// Whether the chat page is served over HTTP, for those who may log in; with --dev it is
    chat_page: Switch {
        key: "listen.chat-page",
        default: "off",
    }
}
