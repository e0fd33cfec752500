//! Rates, as people write them: `200/s,burst=2000`.

use std::fmt;

use mobileim_hub::Rate;

use super::Quantity;

/// How many times what comes in a second may come at once, unless it is said.
const USUAL_BURST: u32 = 10;

impl Quantity for Rate {
    const EXPECTED: &str = "a rate such as \"50/s\" or \"50/s,burst=500\"";

    fn read(text: &str) -> Option<Self> {
        let (per_second, burst) = match text.split_once(',') {
            Some((per_second, burst)) => (per_second, Some(burst.trim().strip_prefix("burst=")?)),
            None => (text, None),
        };
        let per_second: u32 = per_second.trim().strip_suffix("/s")?.parse().ok()?;
        let burst = match burst {
            Some(burst) => burst.parse().ok()?,
            None => per_second.saturating_mul(USUAL_BURST),
        };
        (per_second > 0 && burst > 0).then(|| Self::new(per_second, burst))
    }

    fn is_zero(self) -> bool {
        false
    }

    fn write(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s,burst={}", self.per_second(), self.burst())
    }
}
