//! Sense modes and the small parts that count time. The timing table itself is compared in `documentation.rs`.

use std::time::Duration;

use mobileim_protocol::{
    Backoff, DedupMemory, Instant, MonotonicClock, SenseMode, Span, Timing, Transport,
    fingerprint_hash,
};

#[test]
fn a_text_that_is_no_mode_says_what_is() {
    let error = "7s".parse::<SenseMode>().unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"no such sense mode: "7s" (3s, 5s, 10s, 15s, 30s, 60s or 120s)"#
    );
}

#[test]
fn an_interval_from_the_server_means_the_mode_of_that_interval() {
    let timing = Timing::for_interval(Span::from_secs(30), Transport::Udp);
    assert_eq!(Some(timing), SenseMode::Mode30s.timing(Transport::Udp));
    let other = Timing::for_interval(Span::from_secs(20), Transport::Tcp);
    assert_eq!(other.client_timeout, Span::from_secs(25));
    let silly = Timing::for_interval(Span::ZERO, Transport::Tcp);
    assert_eq!(silly.interval, Span::from_secs(1));
}

#[test]
fn the_backoff_stays_within_a_bound_that_doubles_to_its_cap() {
    let mut rng = fastrand::Rng::with_seed(1);
    let mut longest = [Duration::ZERO; 8];
    for _ in 0..2_000 {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(15));
        for longest in &mut longest {
            *longest = (*longest).max(backoff.next_delay(&mut rng).into());
        }
    }
    for (longest, bound) in longest
        .into_iter()
        .zip([0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0])
    {
        let longest = longest.as_secs_f64();
        assert!(
            longest <= bound && longest > bound * 0.95,
            "{longest} of {bound}"
        );
    }
}

#[test]
fn a_clock_that_is_set_back_stands_still_and_goes_on() {
    let mut clock = MonotonicClock::default();
    let start = clock.read(Instant::from_millis(50_000));
    assert_eq!(clock.read(Instant::from_millis(10_000)), start);
    let later = clock.read(Instant::from_millis(12_000));
    assert_eq!(later.since(start), Duration::from_secs(2));
    assert_eq!(
        clock.to_outer(later + Duration::from_secs(1)),
        Instant::from_millis(13_000)
    );
}

#[test]
fn the_memory_forgets_the_oldest_and_the_old() {
    let at = Instant::from_millis;
    let mut memory = DedupMemory::new(3, Some(Duration::from_secs(600)));
    assert!(memory.insert(at(0), 1));
    assert!(!memory.insert(at(1), 1));
    for hash in 2..=4 {
        assert!(memory.insert(at(hash), hash));
    }
    assert_eq!(memory.hashes().collect::<Vec<_>>(), [2, 3, 4]);
    memory.forget_expired(at(600_002));
    assert_eq!(memory.hashes().collect::<Vec<_>>(), [3, 4]);
    assert_eq!(memory.emptied_at(), Some(at(600_004)));
    memory.forget_expired(at(600_004));
    assert!(memory.is_empty());
}

#[test]
fn the_memory_has_no_deadline_in_the_past_when_times_go_back() {
    let at = Instant::from_millis;
    let mut memory = DedupMemory::new(3, Some(Duration::from_secs(600)));
    memory.insert(at(10), 1);
    memory.insert(at(5), 2);
    assert_eq!(memory.emptied_at(), Some(at(600_010)));
    memory.forget_expired(at(600_010));
    assert!(memory.is_empty());
}

#[test]
fn a_fingerprint_is_told_apart_by_its_sender() {
    assert_ne!(fingerprint_hash("ab", "c"), fingerprint_hash("a", "bc"));
    // Kept by clients across restarts and versions: this number must not change.
    assert_eq!(fingerprint_hash("alice", "fp-1"), 0x73c6_240e_0357_3458);
}
