//! The numbers, for people.

use std::fmt::Write as _;

use serde::Serialize;

use crate::idle::Idle;
use crate::messages::Load;
use crate::stores::Durable;

/// Everything measured on one transport.
#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    pub(crate) transport: String,
    pub(crate) idle: Idle,
    /// One message at a time.
    pub(crate) alone: Load,
    /// As many as the machine takes.
    pub(crate) load: Load,
}

const HEAD: &str = "\
| transport | RSS per idle session | server CPU per message | messages/s | p50 | p99 | alone p50 | alone p99 | load CPU per message | sent again |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
";

/// Everything measured.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) transports: Vec<Measured>,
    pub(crate) stores: Vec<Durable>,
    /// How long the disk takes to keep a page, in microseconds; none if no store was measured.
    pub(crate) sync_micros: Option<u128>,
}

impl Report {
    pub(crate) fn markdown(&self) -> String {
        let mut text = String::new();
        if !self.transports.is_empty() {
            text += &transports(&self.transports);
        }
        if let Some(micros) = self.sync_micros {
            if !text.is_empty() {
                text.push('\n');
            }
            text += &stores(&self.stores);
            writeln!(
                text,
                "\nThe disk takes {micros} µs to keep a page (write and fdatasync, median)."
            )
            .expect("writing to a string does not fail");
        }
        text
    }
}

const STORES_HEAD: &str = "\
| store | on their way | messages/s | commits/s | messages per commit | p50 | p99 | server CPU per message |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
";

fn stores(measured: &[Durable]) -> String {
    let mut table = STORES_HEAD.to_owned();
    for Durable {
        store,
        load,
        commits,
        commits_per_second,
    } in measured
    {
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
        let per_commit = f64::from(load.messages) / *commits as f64;
        writeln!(
            table,
            "| {store} | {} | {:.0} | {commits_per_second:.0} | {per_commit:.0} | {} | {} | {:.1} µs |",
            load.pairs * u32::from(load.window),
            load.messages_per_second,
            millis(load.latency_p50_micros),
            millis(load.latency_p99_micros),
            load.server_cpu_micros,
        )
        .expect("writing to a string does not fail");
    }
    table
}

fn transports(measured: &[Measured]) -> String {
    let mut table = HEAD.to_owned();
    for Measured {
        transport,
        idle,
        alone,
        load,
    } in measured
    {
        writeln!(
            table,
            "| {transport} | {} B | {:.1} µs | {:.0} | {} | {} | {} | {} | {:.1} µs | {} |",
            idle.bytes_per_session,
            load.server_cpu_micros,
            load.messages_per_second,
            millis(load.latency_p50_micros),
            millis(load.latency_p99_micros),
            millis(alone.latency_p50_micros),
            millis(alone.latency_p99_micros),
            load.own_cpu_micros,
            load.retransmitted,
        )
        .expect("writing to a string does not fail");
    }
    table
}

fn millis(micros: u64) -> String {
    format!("{}.{:02} ms", micros / 1000, micros % 1000 / 10)
}
