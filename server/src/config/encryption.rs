//! Encryption, as several settings say together.

use super::mistake::{Mistake, Place};
use super::settings::Settings;
use crate::server::TlsListeners;
use crate::tls::{CertificateError, Certificates};

impl Settings {
    /// Returns the certificate for TLS, if there is one.
    pub fn certificates(&self) -> Result<Option<Certificates>, Mistake> {
        self.certificates_at(&|key| Place::named(key))
    }

    /// Returns where to listen for clients that use TLS, with the certificate that [`Self::certificates`] gives.
    pub fn tls_listeners(&self, certificates: Certificates) -> TlsListeners {
        TlsListeners::new(certificates)
            .tcp(self.listen.tcp_tls.0)
            .websocket(self.listen.wss.0)
            .http(self.listen.https.0)
            .api(self.listen.api_tls.0)
    }

    /// Returns the certificate. A mistake is where the setting is that is wrong.
    pub(super) fn certificates_at(
        &self,
        place: &dyn Fn(&'static str) -> Place,
    ) -> Result<Option<Certificates>, Mistake> {
        let needs = |key, what: &str| Err(place(key).wrong(format!("needs {what}")));
        match (&self.listen.tls_cert, &self.listen.tls_key) {
            (Some(certificate), Some(key)) => Certificates::load(&certificate.0, &key.0)
                .map(Some)
                .map_err(|error| {
                    let place = place(match &error {
                        CertificateError::Unusable { path, .. } if *path == certificate.0 => {
                            "listen.tls-cert"
                        }
                        _ => "listen.tls-key",
                    });
                    let text = format!("'{}': {error}", place.name);
                    place.mistake(text)
                }),
            (Some(_), None) => needs("listen.tls-cert", "its private key: 'listen.tls-key'"),
            (None, Some(_)) => needs("listen.tls-key", "its certificate: 'listen.tls-cert'"),
            (None, None) => {
                let listeners = [
                    ("listen.tcp-tls", self.listen.tcp_tls),
                    ("listen.wss", self.listen.wss),
                    ("listen.https", self.listen.https),
                    ("listen.api-tls", self.listen.api_tls),
                ];
                match listeners.iter().find(|(_, listen)| listen.0.is_some()) {
                    Some((key, _)) => needs(
                        key,
                        "a certificate and its private key: 'listen.tls-cert' and 'listen.tls-key'",
                    ),
                    None => Ok(None),
                }
            }
        }
    }
}
