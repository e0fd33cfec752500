//! What a field's type makes of a value: the same as in the original, which reads by Gson.
//!
//! Its clients write ids as numbers as often as texts, so a text may come as a number or a boolean, and a number or a boolean as a
//! text. `tests/data/gson.jsonl` says what Gson itself makes of each.

use alloc::borrow::Cow;

use super::reader::Reader;
use crate::codec::DecodeError;

/// `None` is a value that is `null`.
impl<'a> Reader<'a> {
    /// A text, borrowed from the body if it has no escapes. A number or a boolean stands for what is written.
    pub(crate) fn string(&mut self) -> Result<Option<Cow<'a, str>>, DecodeError> {
        match self.next_token() {
            b'"' => self.quoted().map(Some),
            b'n' => self.literal("null").map(|()| None),
            b'{' | b'[' => Err(self.wrong_value("expected a string")),
            _ => self.written().map(|text| Some(Cow::Borrowed(text))),
        }
    }

    /// `true` or `false`. A text is true if it says so, in capitals too.
    pub(crate) fn boolean(&mut self) -> Result<Option<bool>, DecodeError> {
        match self.next_token() {
            b't' => self.literal("true").map(|()| Some(true)),
            b'f' => self.literal("false").map(|()| Some(false)),
            b'n' => self.literal("null").map(|()| None),
            b'"' => Ok(Some(self.quoted()?.eq_ignore_ascii_case("true"))),
            _ => Err(self.wrong_value("expected true or false")),
        }
    }

    /// An integer, also if it is written as `2.0` or `2e3`, or as a text.
    pub(crate) fn integer(&mut self) -> Result<Option<i64>, DecodeError> {
        let first = self.next_token();
        let at = self.position();
        let integer = match first {
            b'n' => return self.literal("null").map(|()| None),
            b'-' | b'0'..=b'9' => self.number()?,
            b'"' => Reader::integer_in(&self.quoted()?),
            _ => return Err(self.wrong_value("expected an integer")),
        };
        integer.map(Some).ok_or_else(|| does_not_fit(at))
    }

    /// An integer of 32 bits.
    pub(crate) fn int32(&mut self) -> Result<Option<i32>, DecodeError> {
        self.next_token();
        let at = self.position();
        let integer = self.integer()?.map(i32::try_from);
        integer.transpose().map_err(|_| does_not_fit(at))
    }
}

fn does_not_fit(at: usize) -> DecodeError {
    DecodeError::Shape {
        at,
        problem: "expected an integer that fits",
    }
}
