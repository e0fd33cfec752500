//! Looking whether the files of a certificate have changed.
//!
//! They are read every few seconds: that costs nothing worth mentioning, and notices whatever way there is to replace a
//! file, symbolic links of a mounted secret included.

use std::time::{Duration, SystemTime};

use tracing::{info, warn};

use super::certificates::Certificates;

/// How often it looks.
const INTERVAL: Duration = Duration::from_secs(5);

/// Reads a certificate again when its files change, for ever, and warns when it is about to expire.
pub(crate) async fn watch(certificates: Certificates) {
    let mut watcher = Watcher::new(certificates);
    loop {
        // A disk may be slow, and a file on a network away.
        let looked = tokio::task::spawn_blocking(move || {
            watcher.look(SystemTime::now());
            watcher
        });
        match looked.await {
            Ok(back) => watcher = back,
            // The runtime ends.
            Err(_) => return,
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

struct Watcher {
    certificates: Certificates,
    /// What was wrong with the files when they were read last.
    failure: Option<String>,
    /// Whether the log was told of it.
    is_told: bool,
    /// What the log was told of the time for which the certificate is valid.
    trouble: Option<String>,
}

impl Watcher {
    fn new(certificates: Certificates) -> Self {
        Self {
            certificates,
            failure: None,
            is_told: false,
            trouble: None,
        }
    }

    fn look(&mut self, now: SystemTime) {
        match self.certificates.reload() {
            Ok(is_other) => {
                let path = self.certificates.path().display();
                if is_other {
                    info!("the certificate in {path} is another one: new connections get it");
                } else if self.is_told {
                    info!("the certificate in {path} can be used again");
                }
                self.failure = None;
                self.is_told = false;
            }
            Err(error) => self.fail(error.to_string()),
        }
        let trouble = self.certificates.trouble(now);
        if trouble != self.trouble {
            if let Some(trouble) = &trouble {
                warn!("{trouble}");
            }
            self.trouble = trouble;
        }
    }

    /// Tells the log once, and not when a failure is seen for the first time: one of the two files may have been replaced,
    /// and the other be about to.
    fn fail(&mut self, failure: String) {
        if self.failure.as_ref() != Some(&failure) {
            self.failure = Some(failure);
            self.is_told = false;
        } else if !self.is_told {
            warn!("{failure}; the certificate that was there before stays in use");
            self.is_told = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rcgen::{CertificateParams, KeyPair, date_time_ymd};
    use tempfile::TempDir;

    use super::*;

    struct Files(TempDir);

    impl Files {
        /// Writes a certificate that is valid until this year, or its key, or both.
        fn write(&self, until: i32, parts: &[&str]) {
            let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
            params.not_after = date_time_ymd(until, 1, 1);
            let key = KeyPair::generate().unwrap();
            let certificate = params.self_signed(&key).unwrap().pem();
            for part in parts {
                let text = match *part {
                    "key" => key.serialize_pem(),
                    _ => certificate.clone(),
                };
                fs::write(self.0.path().join(part), text).unwrap();
            }
        }

        fn watcher(&self) -> Watcher {
            let path = |part| self.0.path().join(part);
            Watcher::new(Certificates::load(path("certificate"), path("key")).unwrap())
        }
    }

    fn files(until: i32) -> Files {
        let files = Files(TempDir::new().unwrap());
        files.write(until, &["certificate", "key"]);
        files
    }

    #[test]
    fn what_is_wrong_is_told_when_it_is_seen_twice_and_once() {
        let files = files(4000);
        let mut watcher = files.watcher();
        let mut told = |now| {
            watcher.look(now);
            watcher.is_told
        };
        let now = SystemTime::now();
        assert!(!told(now));
        files.write(4000, &["certificate"]);
        assert!(!told(now), "the key may be about to follow");
        assert!(told(now));
        assert!(told(now));
        files.write(4000, &["certificate", "key"]);
        assert!(!told(now));
        fs::remove_file(files.0.path().join("key")).unwrap();
        assert!(!told(now));
        assert!(told(now));
    }

    #[test]
    fn a_certificate_that_is_not_valid_now_or_soon_will_not_be_is_told() {
        let files = files(2040);
        let mut watcher = files.watcher();
        let day = Duration::from_secs(24 * 60 * 60);
        let end = humantime::parse_rfc3339("2040-01-01T00:00:00Z").unwrap();
        for (now, expected) in [
            (
                SystemTime::UNIX_EPOCH,
                Some("is not valid before 1975-01-01T00:00:00Z"),
            ),
            (end - 8 * day, None),
            (end - 6 * day, Some("expires at 2040-01-01T00:00:00Z")),
            (end + day, Some("HAS EXPIRED at 2040-01-01T00:00:00Z")),
        ] {
            watcher.look(now);
            match (&watcher.trouble, expected) {
                (None, None) => {}
                (Some(trouble), Some(expected)) => assert!(trouble.contains(expected), "{trouble}"),
                (trouble, expected) => panic!("{trouble:?} {expected:?}"),
            }
        }
        files.write(2060, &["certificate", "key"]);
        watcher.look(end);
        assert_eq!(watcher.trouble, None);
    }
}
