//! What time it is.

use std::time::Duration;

use mobileim_protocol::Instant;

/// `setTimeout` takes a signed 32-bit number of milliseconds and fires at once beyond it.
const LONGEST_TIMER: u32 = i32::MAX as u32;

/// The wall clock: every host has it, and unlike `performance.now()` it goes on while the machine sleeps, so
/// that the engine sees how long a link was unattended. The engine bears with a clock that is set back.
pub(crate) fn now() -> Instant {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast from float saturates; milliseconds since 1970 are far from either end"
    )]
    Instant::from_millis(js_sys::Date::now() as u64)
}

/// The argument of `setTimeout` for a wait: rounded up, as one that fires early fires for nothing.
pub(crate) fn timer_millis(wait: Duration) -> u32 {
    let millis = wait.as_micros().div_ceil(1000);
    u32::try_from(millis).map_or(LONGEST_TIMER, |millis| millis.min(LONGEST_TIMER))
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn a_wait_is_rounded_up_and_kept_within_what_timers_take() {
        assert_eq!(timer_millis(Duration::ZERO), 0);
        assert_eq!(timer_millis(Duration::from_micros(1)), 1);
        assert_eq!(timer_millis(Duration::from_millis(1500)), 1500);
        assert_eq!(
            timer_millis(Duration::from_secs(60 * 60 * 24 * 365)),
            2_147_483_647
        );
        assert_eq!(timer_millis(Duration::MAX), 2_147_483_647);
    }
}
