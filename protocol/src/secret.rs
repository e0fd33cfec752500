//! What tells the datagrams of a session from those of others who write its address on theirs (docs/protocol.md, "UDP: the
//! secret of a session").
//!
//! A client makes a secret and says it in LOGIN. From the server's answer on, each datagram of the session begins with it, in
//! both directions: who cannot read what the two say to each other can neither speak in the name of one of them nor end
//! the session.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::num::NonZeroU64;

/// What a datagram with a secret begins with; neither JSON text does, nor a [part](crate::datagram) of a body.
const MARK: u8 = 2;

/// How many bytes a secret takes of a datagram.
const HEADER: usize = 9;

/// The secret of a session on datagrams.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret(NonZeroU64);

impl Secret {
    /// The secret of this number, which nobody can guess; 0 is none.
    pub const fn new(number: u64) -> Option<Self> {
        match NonZeroU64::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// Its number.
    pub const fn get(self) -> u64 {
        self.0.get()
    }

    /// Reads the 16 hexadecimal digits that LOGIN has.
    pub fn parse(digits: &str) -> Option<Self> {
        let is_one = digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = is_one.then(|| u64::from_str_radix(digits, 16).ok());
        number.flatten().and_then(Self::new)
    }

    /// The 16 hexadecimal digits that LOGIN has.
    pub(crate) fn digits(self) -> String {
        alloc::format!("{:016x}", self.get())
    }

    /// Writes a datagram that begins with the secret after what is in `buffer`.
    pub fn write(self, datagram: &[u8], buffer: &mut Vec<u8>) {
        buffer.reserve(HEADER + datagram.len());
        buffer.push(MARK);
        buffer.extend_from_slice(&self.get().to_be_bytes());
        buffer.extend_from_slice(datagram);
    }

    /// What a datagram begins with, if it is a secret, and the rest of it.
    pub fn split(datagram: &[u8]) -> (Option<Self>, &[u8]) {
        if let Some(([MARK, secret @ ..], rest)) = datagram.split_first_chunk::<HEADER>()
            && let Some(secret) = Self::new(u64::from_be_bytes(*secret))
        {
            (Some(secret), rest)
        } else {
            (None, datagram)
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: Secret = Secret::new(0x0123_4567_89ab_cdef).unwrap();

    #[test]
    fn a_datagram_is_split_as_it_was_written() {
        for body in [&b""[..], b"{}", &[MARK; 40]] {
            let mut datagram = Vec::new();
            SECRET.write(body, &mut datagram);
            assert_eq!(datagram.len(), HEADER + body.len());
            assert_eq!(Secret::split(&datagram), (Some(SECRET), body));
        }
    }

    #[test]
    fn what_has_no_secret_stays_whole() {
        let none = [MARK, 0, 0, 0, 0, 0, 0, 0, 0, b'{'];
        for datagram in [&b""[..], b"{\"type\":1}", &[MARK; 8], &[1; 40], &none] {
            assert_eq!(Secret::split(datagram), (None, datagram));
        }
    }

    #[test]
    fn it_is_sixteen_digits_that_are_not_all_zero() {
        assert_eq!(SECRET.digits(), "0123456789abcdef");
        assert_eq!(Secret::parse("0123456789ABCDEF"), Some(SECRET));
        for bad in [
            "",
            "0123456789abcde",
            "+123456789abcdef",
            "0000000000000000",
        ] {
            assert_eq!(Secret::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn it_is_in_no_log() {
        assert_eq!(alloc::format!("{SECRET:?}"), "Secret(..)");
    }
}
