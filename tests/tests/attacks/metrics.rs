//! What the server says of itself at `/metrics`.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use mobileim_tests::within;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One scrape: each sample by its name with labels.
#[derive(Debug, Clone)]
pub(crate) struct Metrics(BTreeMap<String, f64>);

impl Metrics {
    pub(crate) async fn of(http: SocketAddr) -> Self {
        let mut answer = String::new();
        within("the metrics", async {
            let mut stream = TcpStream::connect(http).await.unwrap();
            let request = "GET /metrics HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
            stream.write_all(request.as_bytes()).await.unwrap();
            stream.read_to_string(&mut answer).await.unwrap();
        })
        .await;
        let (head, text) = answer.split_once("\r\n\r\n").expect("an answer of HTTP");
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        let samples = samples.map(|line| {
            let (name, value) = line.rsplit_once(' ').expect("a name and a value");
            (name.to_owned(), value.parse().expect("a number"))
        });
        Self(samples.collect())
    }

    /// One sample; 0 if there is none with these labels.
    pub(crate) fn value(&self, sample: &str) -> f64 {
        self.0.get(sample).copied().unwrap_or_default()
    }

    /// All samples of one metric together.
    pub(crate) fn sum(&self, metric: &str) -> f64 {
        let samples = self.0.iter();
        let of_metric = samples.filter(|(name, _)| name.split('{').next() == Some(metric));
        of_metric.map(|(_, value)| value).sum()
    }

    /// By how much a counter has grown since.
    pub(crate) fn since(&self, before: &Self, sample: &str) -> f64 {
        self.value(sample) - before.value(sample)
    }

    /// The server's counters that have grown since, and by how much.
    pub(crate) fn counted_since(&self, before: &Self) -> String {
        let samples = self.0.iter();
        let counters = samples.filter(|(name, _)| {
            name.starts_with("mobileim_") && name.split('{').next().unwrap().ends_with("_total")
        });
        let grown = counters.filter_map(|(name, value)| {
            let growth = value - before.value(name);
            let name = name.trim_start_matches("mobileim_");
            (growth > 0.0).then(|| format!("{name} {growth}"))
        });
        grown.collect::<Vec<_>>().join(", ")
    }
}
