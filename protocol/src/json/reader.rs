use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::find_special;
use crate::codec::DecodeError;

/// What is read after the last byte: no text has it. Not an `Option`, which a function of WebAssembly returns through memory:
/// each byte that is looked at would be written there and read again.
const END: u8 = 0xff;

/// The byte order mark, which some writers put before a text.
const MARK: &str = "\u{feff}";

/// Reads one object, field by field:
///
/// ```text
/// let mut object = Reader::object(body)?;
/// while let Some(name) = object.field()? {
///     match &*name {
///         "typeu" => object.int32(&mut typeu),
///         _ => object.skip(),
///     }?;
/// }
/// ```
///
/// After each name its value must be read.
pub(crate) struct Reader<'a> {
    text: &'a str,
    /// How many bytes of it were read.
    at: usize,
    /// Whether the next field is the first, which no comma comes before.
    first: bool,
}

impl<'a> Reader<'a> {
    /// Begins to read an object, which must be all there is.
    pub(crate) fn object(text: &'a str) -> Result<Self, DecodeError> {
        let mut reader = Self {
            text,
            at: 0,
            first: true,
        };
        if text.starts_with(MARK) {
            reader.at = MARK.len();
        }
        if reader.next_token() != b'{' {
            return Err(reader.wrong_value("expected an object"));
        }
        reader.at += 1;
        Ok(reader)
    }

    /// The name of the next field; `None` at the end.
    pub(crate) fn field(&mut self) -> Result<Option<Cow<'a, str>>, DecodeError> {
        let first = core::mem::replace(&mut self.first, false);
        match self.next_token() {
            b'}' => {
                self.at += 1;
                return match self.next_token() {
                    END => Ok(None),
                    _ => Err(self.syntax("expected nothing more")),
                };
            }
            b',' if !first => self.at += 1,
            _ if first => {}
            _ => return Err(self.syntax("expected a comma or a closing brace")),
        }
        self.name().map(Some)
    }

    /// A string.
    pub(super) fn quoted(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        self.at += 1;
        self.rest_of_string()
    }

    /// A list of strings, each as [`Reader::string`] reads it; none of them is `null`.
    pub(crate) fn strings(
        &mut self,
        into: &mut Option<Vec<Cow<'a, str>>>,
    ) -> Result<(), DecodeError> {
        const EXPECTED: &str = "expected a list of strings";
        *into = None;
        match self.next_token() {
            b'n' => return self.literal("null"),
            b'[' => self.at += 1,
            _ => return Err(self.wrong_value(EXPECTED)),
        }
        let strings = into.insert(Vec::new());
        let mut is_end = self.next_token() == b']';
        while !is_end {
            let mut string = None;
            if self.next_token() != b'n' {
                self.string(&mut string)?;
            }
            strings.push(string.ok_or_else(|| self.wrong_value(EXPECTED))?);
            match self.next_token() {
                b',' => self.at += 1,
                b']' => is_end = true,
                _ => return Err(self.syntax("expected a comma or a closing bracket")),
            }
        }
        self.at += 1;
        Ok(())
    }

    /// Any value, as it is written.
    pub(crate) fn written(&mut self) -> Result<&'a str, DecodeError> {
        self.next_token();
        let text = self.text;
        let start = self.at;
        self.skip()?;
        Ok(text.get(start..self.at).unwrap_or_default())
    }

    /// Any value. It takes no stack, however deep it is.
    pub(crate) fn skip(&mut self) -> Result<(), DecodeError> {
        // Of each value that is open, whether it is an object or an array.
        let mut open = Vec::new();
        loop {
            match self.next_token() {
                bracket @ (b'{' | b'[') => {
                    self.at += 1;
                    let is_object = bracket == b'{';
                    let is_empty = self.next_token() == if is_object { b'}' } else { b']' };
                    if !is_empty {
                        open.push(is_object);
                        if is_object {
                            self.name()?;
                        }
                        continue;
                    }
                    self.at += 1;
                }
                b'"' => {
                    self.quoted()?;
                }
                b't' => self.literal("true")?,
                b'f' => self.literal("false")?,
                b'n' => self.literal("null")?,
                b'-' | b'0'..=b'9' => {
                    self.number()?;
                }
                _ => return Err(self.syntax("expected a value")),
            }
            // A value ends here, and what it was the last of.
            loop {
                let Some(&is_object) = open.last() else {
                    return Ok(());
                };
                match self.next_token() {
                    b',' => {
                        self.at += 1;
                        if is_object {
                            self.name()?;
                        }
                        break;
                    }
                    b'}' if is_object => {}
                    b']' if !is_object => {}
                    _ => return Err(self.syntax("expected a comma or a closing bracket")),
                }
                self.at += 1;
                open.pop();
            }
        }
    }

    /// A field's name and its colon.
    fn name(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        if self.next_token() != b'"' {
            return Err(self.syntax("expected a name"));
        }
        let name = self.quoted()?;
        if self.next_token() != b':' {
            return Err(self.syntax("expected a colon"));
        }
        self.at += 1;
        Ok(name)
    }

    pub(super) fn literal(&mut self, literal: &str) -> Result<(), DecodeError> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if !rest.starts_with(literal.as_bytes()) {
            return Err(self.syntax("expected a value"));
        }
        self.at += literal.len();
        Ok(())
    }

    /// What comes after the opening quote; borrowed from the body if it has no escapes.
    fn rest_of_string(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        let text = self.text;
        let mut unescaped = String::new();
        let mut start = self.at;
        loop {
            let rest = text.as_bytes().get(self.at..).unwrap_or_default();
            let Some(special) = find_special(rest) else {
                self.at = text.len();
                return Err(self.syntax("the string does not end"));
            };
            self.at += special;
            let piece = text.get(start..self.at).unwrap_or_default();
            match self.peek() {
                b'"' => {
                    self.at += 1;
                    // Something was unescaped before this piece only if it does not begin with the string.
                    if unescaped.is_empty() {
                        return Ok(Cow::Borrowed(piece));
                    }
                    unescaped.push_str(piece);
                    return Ok(Cow::Owned(unescaped));
                }
                b'\\' => {
                    self.at += 1;
                    unescaped.push_str(piece);
                    unescaped.push(self.escape()?);
                    start = self.at;
                }
                // A control character that its writer should have escaped.
                _ => self.at += 1,
            }
        }
    }

    /// What comes after a backslash.
    fn escape(&mut self) -> Result<char, DecodeError> {
        let character = match self.peek() {
            byte @ (b'"' | b'\\' | b'/' | b'\'') => byte as char,
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.at += 1;
                return self.unicode_escape();
            }
            _ => return Err(self.syntax("no such escape")),
        };
        self.at += 1;
        Ok(character)
    }

    /// What comes after `\u`: a character of the basic plane, or half of one beyond it and the other half. A half by itself,
    /// which `JSON.stringify` writes of a text that was cut in two, is a replacement character.
    fn unicode_escape(&mut self) -> Result<char, DecodeError> {
        let code = self.hexadecimal()?;
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if matches!(code, 0xd800..0xdc00) && rest.starts_with(b"\\u") {
            let at = self.at;
            self.at += 2;
            let low = self.hexadecimal()?;
            if matches!(low, 0xdc00..0xe000) {
                let code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = at;
        }
        Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hexadecimal(&mut self) -> Result<u32, DecodeError> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(digit) = (self.peek() as char).to_digit(16) else {
                return Err(self.syntax("expected a hexadecimal digit"));
            };
            code = code << 4 | digit;
            self.at += 1;
        }
        Ok(code)
    }

    /// A number; `None` if it is no integer of 64 bits.
    pub(super) fn number(&mut self) -> Result<Option<i64>, DecodeError> {
        let negative = self.eat(b'-');
        let whole = self.digits()?;
        if whole.len() > 1 && whole.starts_with(b"0") {
            return Err(self.syntax("a number that begins with zero"));
        }
        self.rest_of_number(negative, whole)
    }

    /// The integer that a text says, with white space, a plus or zeros before it if need be, as Java's parsers take it.
    pub(super) fn integer_in(text: &str) -> Option<i64> {
        let mut reader = Reader {
            text,
            at: 0,
            first: false,
        };
        reader.skip_blanks();
        let negative = reader.eat(b'-');
        if !negative {
            reader.eat(b'+');
        }
        let whole = reader.digits().ok()?;
        let integer = reader.rest_of_number(negative, whole).ok()?;
        reader.skip_blanks();
        integer.filter(|_| reader.at == reader.text.len())
    }

    /// What Java's `trim` takes away.
    fn skip_blanks(&mut self) {
        while self.peek() <= b' ' {
            self.at += 1;
        }
    }

    /// What comes after a number's whole part.
    fn rest_of_number(&mut self, negative: bool, whole: &[u8]) -> Result<Option<i64>, DecodeError> {
        let fraction = if self.eat(b'.') { self.digits()? } else { &[] };
        let mut exponent = 0_i32;
        if self.eat(b'e') || self.eat(b'E') {
            let negative = self.eat(b'-');
            if !negative {
                self.eat(b'+');
            }
            for digit in self.digits()? {
                exponent = exponent
                    .saturating_mul(10)
                    .saturating_add(i32::from(digit - b'0'));
            }
            if negative {
                exponent = -exponent;
            }
        }
        Ok(integer(negative, whole, fraction, exponent))
    }

    /// At least one digit.
    fn digits(&mut self) -> Result<&'a [u8], DecodeError> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        match rest.get(..count) {
            Some(digits @ [_, ..]) => Ok(digits),
            _ => Err(self.syntax("expected a digit")),
        }
    }

    /// Whether this byte is next; then it is read.
    ///
    /// The comparison is branched on and nothing else. rustc 1.95 forgets to compute one that is branched on at the end of a
    /// block and used as a number before (`self.at += usize::from(is_next); is_next`), once this is inlined and from
    /// `opt-level` 2 on: rust-lang/rust#158206, mended in 1.96.1.
    fn eat(&mut self, byte: u8) -> bool {
        if self.peek() != byte {
            return false;
        }
        self.at += 1;
        true
    }

    /// The next byte that is not white space, which is left behind.
    pub(super) fn next_token(&mut self) -> u8 {
        loop {
            match self.peek() {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return byte,
            }
        }
    }

    /// How many bytes were read.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    fn peek(&self) -> u8 {
        *self.text.as_bytes().get(self.at).unwrap_or(&END)
    }

    /// The error for what is, or is not even, a value of another type.
    pub(super) fn wrong_value(&self, expected: &'static str) -> DecodeError {
        match self.peek() {
            b'"' | b'{' | b'[' | b't' | b'f' | b'n' | b'-' | b'0'..=b'9' => DecodeError::Shape {
                at: self.at,
                problem: expected,
            },
            _ => self.syntax(expected),
        }
    }

    fn syntax(&self, problem: &'static str) -> DecodeError {
        DecodeError::Syntax {
            at: self.at,
            problem,
        }
    }
}

/// The value of a number's parts, in decimal all the way: floating point is long code and rounds.
fn integer(negative: bool, whole: &[u8], fraction: &[u8], exponent: i32) -> Option<i64> {
    let mut fraction = fraction;
    while let [rest @ .., b'0'] = fraction {
        fraction = rest;
    }
    let mut magnitude = 0_u64;
    for digit in whole.iter().chain(fraction) {
        magnitude = magnitude
            .checked_mul(10)?
            .checked_add(u64::from(digit - b'0'))?;
    }
    if magnitude == 0 {
        return Some(0);
    }
    let mut exponent = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    while exponent < 0 {
        if !magnitude.is_multiple_of(10) {
            return None;
        }
        magnitude /= 10;
        exponent += 1;
    }
    while exponent > 0 {
        magnitude = magnitude.checked_mul(10)?;
        exponent -= 1;
    }
    if negative {
        0_i64.checked_sub_unsigned(magnitude)
    } else {
        i64::try_from(magnitude).ok()
    }
}
