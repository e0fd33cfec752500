//! JSON, as much of it as the wire needs: one flat object at a time.
//!
//! Not `serde_json`, as a page has to load this: with it, the engine was five times as long. The tests hold the two
//! against each other.

mod reader;
mod values;
mod writer;

pub(crate) use reader::Reader;
pub(crate) use writer::{write_integer, write_string};

/// Where the first byte is that a string's JSON cannot hold as it is: a quote, a backslash, a control character.
fn find_special(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGH_BITS: u64 = ONES * 0x80;
    /// Has the high bit of each byte set that is zero; above the lowest of these, others may be set too.
    const fn zeros(word: u64) -> u64 {
        word.wrapping_sub(ONES) & !word & HIGH_BITS
    }
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let quotes = zeros(word ^ (ONES * u64::from(b'"')));
        let backslashes = zeros(word ^ (ONES * u64::from(b'\\')));
        let controls = word.wrapping_sub(ONES * 0x20) & !word & HIGH_BITS;
        let special = quotes | backslashes | controls;
        if special != 0 {
            return Some(index * 8 + special.trailing_zeros() as usize / 8);
        }
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | ..0x20);
    let index = rest.iter().position(is_special)?;
    Some(words.len() * 8 + index)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn a_special_byte_is_found_wherever_it_is() {
        for special in [b'"', b'\\', 0, 0x1f] {
            for length in 0..40 {
                for at in 0..length {
                    for fill in [b'a', 0x20, b'!', b'#', b'[', b']', 0x7f, 0x80, 0xff] {
                        let mut bytes = vec![fill; length];
                        assert_eq!(find_special(&bytes), None);
                        bytes[at] = special;
                        assert_eq!(find_special(&bytes), Some(at), "{bytes:?}");
                        if at + 1 < length {
                            bytes[at + 1] = b'"';
                            assert_eq!(find_special(&bytes), Some(at), "{bytes:?}");
                        }
                    }
                }
            }
        }
    }
}
