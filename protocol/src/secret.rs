//! What tells the datagrams of a session from those of others who write its address on theirs (docs/protocol.md, "UDP: the
//! secret of a session").
//!
//! A client makes a secret and says it in LOGIN. From the server's answer on, each datagram of the session begins with it, in
//! both directions: who cannot read what the two say to each other can neither speak in the name of one of them nor end
//! the session.

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

    /// The secret that LOGIN says as a signed number.
    pub(crate) const fn from_signed(number: i64) -> Option<Self> {
        Self::new(number.cast_unsigned())
    }

    /// The number that LOGIN says.
    pub(crate) const fn signed(self) -> i64 {
        self.get().cast_signed()
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
    fn login_says_it_as_a_number_with_a_sign() {
        for number in [1, 0x0123_4567_89ab_cdef, u64::MAX] {
            let secret = Secret::new(number).unwrap();
            assert_eq!(Secret::from_signed(secret.signed()), Some(secret));
        }
        assert_eq!(Secret::new(u64::MAX).unwrap().signed(), -1);
        assert_eq!(Secret::from_signed(0), None);
    }

    #[test]
    fn it_is_in_no_log() {
        assert_eq!(alloc::format!("{SECRET:?}"), "Secret(..)");
    }
}
