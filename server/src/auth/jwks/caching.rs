//! How long an answer is good (RFC 9111).

use std::time::Duration;

use reqwest::header::{CACHE_CONTROL, HeaderMap};

/// Returns for how long an answer is good, if its headers say so.
pub(super) fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let headers = headers.get_all(CACHE_CONTROL).iter();
    let texts = headers.filter_map(|header| header.to_str().ok());
    let mut directives = texts.flat_map(|text| text.split(',')).map(str::trim);
    let seconds = directives.find_map(|directive| {
        let (name, value) = directive.split_once('=')?;
        let value = value.trim_matches('"').parse().ok()?;
        name.eq_ignore_ascii_case("max-age").then_some(value)
    });
    seconds.map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn the_age_is_found_among_other_directives() {
        let age = |text| {
            let value = HeaderValue::from_static(text);
            max_age(&HeaderMap::from_iter([(CACHE_CONTROL, value)])).map(|age| age.as_secs())
        };
        assert_eq!(age("public, max-age=3600, must-revalidate"), Some(3600));
        assert_eq!(age("Max-Age=\"60\""), Some(60));
        for none in ["no-store", "max-age", "max-age=x", "s-maxage=5", ""] {
            assert_eq!(age(none), None, "{none}");
        }
        assert_eq!(max_age(&HeaderMap::new()), None);
    }
}
