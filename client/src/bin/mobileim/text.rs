//! Text of others, made safe for a terminal.

use std::borrow::Cow;

use mobileim_client::Message;

/// Names who has sent a message: both ends of one that the user has sent from another device, and the group of one to a group.
pub(crate) fn sender<'a>(message: &Message<'_>, from: &'a str, user: &str) -> Cow<'a, str> {
    let to = message.to.as_deref().unwrap_or(user);
    if from == user && to != user {
        format!("{from} to {to}").into()
    } else if to.starts_with('#') {
        format!("{from} in {to}").into()
    } else {
        from.into()
    }
}

/// The text with everything replaced that would act on a terminal or reorder what it shows.
///
/// A sender must not be able to move the cursor, set colours, or write lines that look like another's. A line
/// break becomes `line_break`.
pub(crate) fn visible(text: &str, line_break: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\r' if rest.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => shown.push_str(line_break),
            '\t' => shown.push(' '),
            c if c.is_control() || reorders(c) => shown.push(char::REPLACEMENT_CHARACTER),
            c => shown.push(c),
        }
    }
    shown
}

/// The first part of a text on one line, to tell which message is meant.
pub(crate) fn excerpt(text: &str) -> String {
    const MAX: usize = 40;
    let text = visible(text, " ");
    match text.char_indices().nth(MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Marks that change the direction of what follows.
fn reorders(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_cannot_act_on_the_terminal() {
        assert_eq!(
            visible("a\x1b[2Jb\u{202e}c\u{9b}d", "\n  "),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d"
        );
    }

    #[test]
    fn a_sender_cannot_write_a_line_of_another() {
        assert_eq!(
            visible("hi\r\nbob: yes\rno", "\n  "),
            "hi\n  bob: yes\n  no"
        );
    }

    #[test]
    fn an_excerpt_is_cut_between_characters() {
        assert_eq!(excerpt("short\ntext"), "short text");
        assert_eq!(excerpt(&"é".repeat(41)), format!("{}…", "é".repeat(40)));
    }
}
