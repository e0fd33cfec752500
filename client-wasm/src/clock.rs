//! What time it is.

use core::time::Duration;

use mobileim_protocol::Instant;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Not by way of `js-sys`, of which more than this would be loaded.
    #[wasm_bindgen(js_namespace = Date, js_name = now)]
    fn date_now() -> f64;
}

/// The wall clock: every host has it, and unlike `performance.now()` it goes on while the machine sleeps, so
/// that the engine sees how long a link was unattended. The engine bears with a clock that is set back.
pub(crate) fn now() -> Instant {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast from float saturates; milliseconds since 1970 are far from either end"
    )]
    Instant::from_millis(date_now() as u64)
}

/// The argument of `setTimeout` for a wait: rounded up, as one that fires early fires for nothing, and no more than the
/// signed 32-bit number that it takes.
pub(crate) fn timer_millis(wait: Duration) -> i32 {
    let millis = wait.as_secs().saturating_mul(1000);
    let millis = millis.saturating_add(u64::from(wait.subsec_micros().div_ceil(1000)));
    i32::try_from(millis).unwrap_or(i32::MAX)
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
