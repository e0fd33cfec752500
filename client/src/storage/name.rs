//! File names for users and servers.

use std::fmt::Write as _;

use mobileim_protocol::fingerprint_hash;

/// File systems take 255 bytes; suffixes are to come.
const LONGEST: usize = 200;

/// A file name that stands for this text and for no other.
///
/// Lower-case letters, digits, `-`, `_` and dots but the first stand for themselves. Everything else is `%` and two
/// digits a byte: what has a meaning in paths, and capitals, which some file systems do not tell from small
/// letters. Of a text that is too long the end becomes a hash.
pub(crate) fn file_name(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
            b'.' if !name.is_empty() => name.push('.'),
            byte => {
                let _ = write!(name, "%{byte:02x}");
            }
        }
    }
    if name.len() > LONGEST {
        name.truncate(LONGEST - 33);
        // `~` is in no other name.
        let (one, two) = (fingerprint_hash("", text), fingerprint_hash("~", text));
        let _ = write!(name, "~{one:016x}{two:016x}");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_directory_or_be_that_of_another() {
        for (text, name) in [
            ("alice", "alice"),
            ("Alice", "%41lice"),
            ("../a", "%2e.%2fa"),
            (".", "%2e"),
            ("127.0.0.1", "127.0.0.1"),
            ("", ""),
            ("a%2f", "a%252f"),
            ("é", "%c3%a9"),
            ("udp://[::1]:5", "udp%3a%2f%2f%5b%3a%3a1%5d%3a5"),
        ] {
            assert_eq!(file_name(text), name);
        }
        let long = "É".repeat(500);
        assert_eq!(file_name(&long).len(), LONGEST);
        assert_ne!(file_name(&long), file_name(&format!("{long}É")));
    }
}
