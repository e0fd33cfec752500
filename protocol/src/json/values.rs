//! What a field's type makes of a value: the same as in the original, which reads by Gson.
//!
//! Its clients write ids as numbers as often as texts, so a text may come as a number or a boolean, and a number or a boolean as a
//! text. `tests/data/gson.jsonl` says what Gson itself makes of each.

use alloc::borrow::Cow;

use super::reader::Reader;
use crate::codec::DecodeError;

/// Each reads a value to where it is to be. One that is `null` is `None` there, or what the type has for no value.
impl<'a> Reader<'a> {
    /// A text, borrowed from the body if it has no escapes. A number or a boolean stands for what is written.
    pub(crate) fn string(&mut self, into: &mut Option<Cow<'a, str>>) -> Result<(), DecodeError> {
        *into = match self.next_token() {
            b'"' => Some(self.quoted()?),
            b'n' => {
                self.literal("null")?;
                None
            }
            b'{' | b'[' => return Err(self.wrong_value("expected a string")),
            _ => Some(Cow::Borrowed(self.written()?)),
        };
        Ok(())
    }

    /// `true` or `false`. A text is true if it says so, in capitals too.
    pub(crate) fn boolean(&mut self, into: &mut bool) -> Result<(), DecodeError> {
        let first = self.next_token();
        *into = first == b't';
        match first {
            b't' => self.literal("true"),
            b'f' => self.literal("false"),
            b'n' => self.literal("null"),
            b'"' => {
                *into = self.quoted()?.eq_ignore_ascii_case("true");
                Ok(())
            }
            _ => Err(self.wrong_value("expected true or false")),
        }
    }

    /// An integer, also if it is written as `2.0` or `2e3`, or as a text.
    pub(crate) fn integer(&mut self, into: &mut Option<i64>) -> Result<(), DecodeError> {
        let first = self.next_token();
        let at = self.position();
        *into = match first {
            b'n' => {
                *into = None;
                return self.literal("null");
            }
            b'-' | b'0'..=b'9' => self.number()?,
            b'"' => Reader::integer_in(&self.quoted()?),
            _ => return Err(self.wrong_value("expected an integer")),
        };
        into.map(|_| ()).ok_or_else(|| does_not_fit(at))
    }

    /// The same if `null` is 0.
    pub(crate) fn int64(&mut self, into: &mut i64) -> Result<(), DecodeError> {
        let mut integer = None;
        self.integer(&mut integer)?;
        *into = integer.unwrap_or_default();
        Ok(())
    }

    /// The same in 32 bits.
    pub(crate) fn int32(&mut self, into: &mut i32) -> Result<(), DecodeError> {
        self.next_token();
        let at = self.position();
        let mut integer = 0;
        self.int64(&mut integer)?;
        *into = i32::try_from(integer).map_err(|_| does_not_fit(at))?;
        Ok(())
    }
}

fn does_not_fit(at: usize) -> DecodeError {
    DecodeError::Shape {
        at,
        problem: "expected an integer that fits",
    }
}
