//! What `/metrics` tells of what back ends send with SQL.

use std::fmt;

use super::metrics::{Page, number, samples};
use crate::submissions::SubmissionStats;

pub(super) fn encode(stats: &SubmissionStats, page: &mut Page<'_>) -> fmt::Result {
    page.gauge(
        "mobileim_submissions_up",
        "Whether what back ends send with SQL can be read: 1 or 0",
        f64::from(u8::from(stats.is_up)),
    )?;
    page.gauge(
        "mobileim_submissions_waiting",
        "What they have sent and the server is not done with, counted up to 100,000, some seconds ago",
        number(stats.waiting),
    )?;
    page.gauge(
        "mobileim_submissions_lag_seconds",
        "How long the oldest of it has waited",
        stats.lag.as_secs_f64(),
    )?;
    page.counters(
        "mobileim_submissions",
        "What back ends have sent with SQL, by what became of it: sent again after a restart, it is counted again",
        samples(
            "outcome",
            [
                ("sent", stats.sent),
                ("delivered", stats.delivered),
                ("stored", stats.stored),
                ("refused", stats.refused),
                ("expired", stats.expired),
            ],
        ),
    )
}
