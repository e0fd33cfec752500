use alloc::string::String;

use super::find_special;

/// Appends a string with its quotes. What need not be escaped is not.
pub(crate) fn write_string(text: &str, body: &mut String) {
    body.push('"');
    let mut rest = text;
    while let Some(at) = find_special(rest.as_bytes())
        && let Some((piece, after)) = rest.split_at_checked(at)
        && let Some((special, after)) = after.split_at_checked(1)
    {
        body.push_str(piece);
        write_escape(special, body);
        rest = after;
    }
    body.push_str(rest);
    body.push('"');
}

fn write_escape(special: &str, body: &mut String) {
    body.push('\\');
    for byte in special.bytes() {
        let last = match byte {
            0x08 => b'b',
            0x09 => b't',
            0x0a => b'n',
            0x0c => b'f',
            0x0d => b'r',
            0x00..0x20 => {
                let digit = byte & 15;
                body.push_str(if byte < 16 { "u000" } else { "u001" });
                digit + if digit < 10 { b'0' } else { b'a' - 10 }
            }
            _ => byte,
        };
        body.push(last.into());
    }
}

/// Appends an integer.
pub(crate) fn write_integer(integer: i64, body: &mut String) {
    if integer < 0 {
        body.push('-');
    }
    write_digits(integer.unsigned_abs(), body);
}

fn write_digits(number: u64, body: &mut String) {
    if number > 9 {
        write_digits(number / 10, body);
    }
    body.push(char::from(b'0' + (number % 10) as u8));
}
