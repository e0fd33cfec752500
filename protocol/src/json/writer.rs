use alloc::vec::Vec;

use super::find_special;

/// Appends a string with its quotes. What need not be escaped is not.
pub(crate) fn write_string(text: &str, body: &mut Vec<u8>) {
    body.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = find_special(rest) {
        body.extend_from_slice(&rest[..at]);
        write_escape(rest[at], body);
        rest = &rest[at + 1..];
    }
    body.extend_from_slice(rest);
    body.push(b'"');
}

fn write_escape(byte: u8, body: &mut Vec<u8>) {
    body.push(b'\\');
    let last = match byte {
        0x08 => b'b',
        0x09 => b't',
        0x0a => b'n',
        0x0c => b'f',
        0x0d => b'r',
        0x00..0x20 => {
            let digit = byte & 15;
            body.extend_from_slice(if byte < 16 { b"u000" } else { b"u001" });
            digit + if digit < 10 { b'0' } else { b'a' - 10 }
        }
        _ => byte,
    };
    body.push(last);
}

/// Appends an integer.
pub(crate) fn write_integer(integer: i64, body: &mut Vec<u8>) {
    if integer < 0 {
        body.push(b'-');
    }
    let start = body.len();
    let mut rest = integer.unsigned_abs();
    loop {
        body.push(b'0' + (rest % 10) as u8);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    body[start..].reverse();
}
