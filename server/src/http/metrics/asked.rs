//! What others were asked, and what came of it.

use std::fmt;

use mobileim_hub::{AskedStats, Stats};

use super::{Page, number, samples};

pub(super) fn encode(stats: &Stats, page: &mut Page<'_>) -> fmt::Result {
    about_logins(stats, page)?;
    about_messages(stats, page)
}

fn about_logins(stats: &Stats, page: &mut Page<'_>) -> fmt::Result {
    let auth = &stats.auth;
    page.counters(
        "mobileim_jwks_fetches",
        "How often the keys of the identity provider were to be fetched",
        samples(
            "outcome",
            [("fetched", auth.keys_fetched), ("failed", auth.keys_failed)],
        ),
    )?;
    page.counters(
        "mobileim_login_webhook_requests",
        "Logins about which the back end was asked, or was to be",
        samples(
            "outcome",
            [
                ("answered", auth.webhook_answered),
                ("cached", auth.webhook_cached),
                ("failed", auth.webhook_failed),
                ("too_slow", auth.webhook_too_slow),
                ("invalid", auth.webhook_invalid),
                ("busy", auth.webhook_busy),
            ],
        ),
    )?;
    page.histogram(
        "mobileim_login_webhook_seconds",
        "How long the back end took to answer about a login",
        &auth.webhook_time,
    )?;
    page.gauge(
        "mobileim_revoked_users",
        "Users of whom tokens are revoked",
        number(auth.revoked_users),
    )?;
    page.counter(
        "mobileim_revoked_logins",
        "Logins that were refused as their tokens were revoked",
        number(auth.revoked_logins),
    )
}

fn about_messages(stats: &Stats, page: &mut Page<'_>) -> fmt::Result {
    let asked = [
        ("before_c2c", &stats.hooks.before_c2c),
        ("before_c2s", &stats.hooks.before_c2s),
    ];
    let counts = |outcomes: fn(&AskedStats) -> Vec<(&'static str, u64)>| {
        let each = asked.map(|(question, stats)| {
            let outcomes = outcomes(stats).into_iter();
            outcomes.map(move |(outcome, count)| {
                ([("question", question), ("outcome", outcome)], count)
            })
        });
        each.into_iter().flatten()
    };
    page.counters(
        "mobileim_questions",
        "Messages about which the back end was asked, or was to be",
        counts(|asked| asked.outcomes().to_vec()),
    )?;
    page.counters(
        "mobileim_question_requests",
        "Requests in which it was asked about them, of which each may have many",
        counts(|asked| asked.requests().to_vec()),
    )?;
    page.histograms(
        "mobileim_question_seconds",
        "How long the back end took to answer such a request",
        asked.map(|(question, stats)| ([("question", question)], &stats.time)),
    )
}
