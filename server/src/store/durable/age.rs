//! What time it is, as far as it matters how long messages have waited.
//!
//! A wall clock may be wrong for a moment or for years, and what it says must not expire everything at once. So the age
//! of messages is counted by a clock of the store's own. It goes on with the time that the server runs. What the wall
//! clock is ahead of it (the server was down, the machine slept, or the clock was set) it makes up for evenly: in a day of
//! running no more than a message may wait at all. So a clock that is wrong for an hour ages messages by a 24th
//! of that, however wrong it is; and what is new gets the later of both times, so it is not aged by what came before it.

use std::time::Duration;

use mobileim_protocol::Instant;

/// In this time of running, a message may come of age by the wall clock alone.
const CATCH_UP: Duration = Duration::from_secs(24 * 60 * 60);

/// Less than this is not worth a look: what is lost in rounding would add up.
const MIN_STEP: Duration = Duration::from_secs(1);

/// More than this does not pass between two looks: a clock that says so is not believed.
const MAX_STEP: Duration = Duration::from_secs(120);

/// The clock by which messages get old, in ms since 1970.
#[derive(Debug)]
pub(super) struct AgeClock {
    millis: i64,
    looked: Instant,
    max_age: Duration,
}

/// The time when messages are stored or read, as each clock has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Now {
    /// As the process counts.
    pub(super) at: Instant,
    /// In ms since 1970, by the wall clock.
    pub(super) wall: i64,
    /// What is noted of a message that is stored now, in ms since 1970.
    pub(super) stored_at: i64,
}

impl Now {
    /// When it will be that time by the wall clock.
    pub(super) fn wall_of(self, at: Instant) -> i64 {
        self.wall.saturating_add(millis(at.since(self.at)))
    }

    /// The same the other way round; now, if that was before.
    pub(super) fn at_wall(self, wall: i64) -> Instant {
        let wait = wall.saturating_sub(self.wall).max(0).unsigned_abs();
        self.at + Duration::from_millis(wait)
    }
}

/// What the database knows of its own time, in ms since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::store) struct KnownTime {
    /// The age clock when it was saved last.
    pub(in crate::store) saved: Option<i64>,
    /// When the newest message was stored.
    pub(in crate::store) newest: Option<i64>,
}

impl AgeClock {
    /// The clock of a database that is opened.
    pub(super) fn new(known: KnownTime, max_age: Duration, now: Instant, wall: i64) -> Self {
        // Of a database that never had one, the newest message tells what time it was; the wall clock may be wrong.
        let newest = known.newest.map_or(wall, |newest| newest.min(wall));
        Self {
            millis: known.saved.unwrap_or(newest),
            looked: now,
            max_age,
        }
    }

    /// Goes on to what it is now, and gives that.
    pub(super) fn look(&mut self, now: Instant, wall: i64) -> i64 {
        let passed = now.since(self.looked).min(MAX_STEP);
        if self.looked <= now && passed < MIN_STEP {
            return self.millis;
        }
        self.looked = now;
        self.millis = self.millis.saturating_add(millis(passed));
        let behind = i128::from(wall) - i128::from(self.millis);
        let most = i128::from(millis(passed)) * i128::from(millis(self.max_age))
            / i128::from(millis(CATCH_UP));
        let caught_up = i64::try_from(behind.clamp(0, most)).unwrap_or(i64::MAX);
        self.millis = self.millis.saturating_add(caught_up);
        self.millis
    }

    /// Other times to keep things for hold from now on: this is the shortest.
    pub(super) fn set_max_age(&mut self, max_age: Duration) {
        self.max_age = max_age;
    }

    /// What it was at the last look.
    pub(super) fn millis(&self) -> i64 {
        self.millis
    }
}

pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const HOUR: Duration = Duration::from_secs(60 * 60);
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    const MAX_AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
    const TODAY: i64 = 1_800_000_000_000;

    /// A clock, and the two that it looks at.
    struct Clocks {
        age: AgeClock,
        now: Instant,
        wall: i64,
    }

    impl Clocks {
        fn opened(known: KnownTime, wall: i64) -> Self {
            let now = Instant::from_millis(5000);
            let age = AgeClock::new(known, MAX_AGE, now, wall);
            Self { age, now, wall }
        }

        fn saved(saved: i64, wall: i64) -> Self {
            let newest = None;
            Self::opened(
                KnownTime {
                    saved: Some(saved),
                    newest,
                },
                wall,
            )
        }

        /// Looks once a minute.
        fn run(&mut self, duration: Duration) {
            for _ in 0..duration.as_secs() / 60 {
                self.now = self.now + MINUTE;
                self.wall += millis(MINUTE);
                self.age.look(self.now, self.wall);
            }
        }

        fn ahead_of(&self, time: i64) -> Duration {
            Duration::from_millis(u64::try_from(self.age.millis() - time).unwrap())
        }
    }

    #[test]
    fn with_a_clock_that_is_right_it_is_what_that_says() {
        let mut clocks = Clocks::saved(TODAY, TODAY);
        clocks.run(DAY);
        assert_eq!(clocks.age.millis(), clocks.wall);
        assert_eq!(clocks.ahead_of(TODAY), DAY);
    }

    #[test]
    fn a_clock_that_is_wrong_for_a_moment_changes_nothing_worth_a_word() {
        for jump in [DAY * 40, DAY * 36_500] {
            let mut clocks = Clocks::saved(TODAY, TODAY);
            clocks.run(HOUR);
            let before = clocks.age.millis();
            clocks.wall += millis(jump);
            for _ in 0..50 {
                clocks.now = clocks.now + Duration::from_millis(100);
                clocks.age.look(clocks.now, clocks.wall);
            }
            clocks.wall -= millis(jump);
            clocks.run(HOUR);
            assert!(clocks.ahead_of(before) < HOUR + 3 * MINUTE);
        }
    }

    #[test]
    fn also_where_the_time_that_the_process_counts_jumps() {
        let mut clocks = Clocks::saved(TODAY, TODAY);
        clocks.now = clocks.now + DAY * 40;
        clocks.wall += millis(DAY * 40);
        clocks.age.look(clocks.now, clocks.wall);
        assert!(clocks.ahead_of(TODAY) <= HOUR + 2 * MINUTE);
        // And goes back.
        clocks.now = Instant::from_millis(5000);
        clocks.wall = TODAY;
        let before = clocks.age.look(clocks.now, clocks.wall);
        clocks.run(HOUR);
        assert_eq!(clocks.ahead_of(before), HOUR);
    }

    #[test]
    fn a_clock_that_stays_wrong_is_believed_in_a_day_and_not_before() {
        let mut clocks = Clocks::saved(TODAY, TODAY + millis(DAY * 3650));
        clocks.run(HOUR);
        assert!(clocks.ahead_of(TODAY) < MAX_AGE / 20);
        clocks.run(HOUR * 22);
        assert!(clocks.ahead_of(TODAY) < MAX_AGE);
        clocks.run(HOUR);
        assert!(clocks.ahead_of(TODAY) >= MAX_AGE);
    }

    #[test]
    fn the_time_that_a_server_was_down_counts_within_a_day() {
        let mut clocks = Clocks::saved(TODAY, TODAY + millis(DAY * 20));
        assert_eq!(clocks.age.millis(), TODAY);
        clocks.run(DAY);
        assert_eq!(clocks.age.millis(), clocks.wall);
    }

    #[test]
    fn a_clock_that_was_set_back_stops_nothing() {
        let mut clocks = Clocks::saved(TODAY, TODAY - millis(DAY * 365));
        clocks.run(DAY * 2);
        assert_eq!(clocks.ahead_of(TODAY), DAY * 2);
    }

    #[test]
    fn where_nothing_was_saved_the_newest_message_or_the_clock_tells_the_time() {
        let opened = |newest| {
            let known = KnownTime {
                saved: None,
                newest,
            };
            Clocks::opened(known, TODAY).age.millis()
        };
        assert_eq!(opened(None), TODAY);
        assert_eq!(opened(Some(TODAY - 7)), TODAY - 7);
        assert_eq!(opened(Some(TODAY + 7)), TODAY);
    }
}
