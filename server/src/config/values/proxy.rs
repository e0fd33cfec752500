//! Proxies in front of the server.

use std::fmt;
use std::str::FromStr;

use super::super::setting::{Kind, Value};
use crate::gateway::TrustedProxies;
use crate::server::Listener;

/// The listeners that a PROXY header may come to.
const LISTENERS: [Listener; 8] = [
    Listener::Tcp,
    Listener::TcpTls,
    Listener::WebSocket,
    Listener::Wss,
    Listener::Http,
    Listener::Https,
    Listener::Api,
    Listener::ApiTls,
];

/// Listeners on which each connection begins with a PROXY header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxiedListeners(pub Vec<Listener>);

impl Value for TrustedProxies {
    const KIND: Kind = Kind::List;
}

impl Value for ProxiedListeners {
    const KIND: Kind = Kind::List;
}

impl FromStr for ProxiedListeners {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let listener = |name: &str| {
            let found = LISTENERS
                .iter()
                .find(|listener| listener.to_string() == name.trim());
            found.copied().ok_or_else(|| {
                let names: Vec<_> = LISTENERS.iter().map(ToString::to_string).collect();
                format!("expected names of listeners: {}", names.join(", "))
            })
        };
        text.split(',')
            .map(listener)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl fmt::Display for ProxiedListeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&names.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_are_named_as_their_flags_are() {
        let text = "tcp,tcp-tls,ws,wss,http,https,api,api-tls";
        let listeners: ProxiedListeners = text.parse().unwrap();
        assert_eq!(listeners.0, LISTENERS);
        assert_eq!(listeners.to_string(), text);
        for text in ["udp", "", "websocket", "on"] {
            let error = text.parse::<ProxiedListeners>().unwrap_err();
            assert!(
                error.ends_with("tcp, tcp-tls, ws, wss, http, https, api, api-tls"),
                "{error}"
            );
        }
    }
}
