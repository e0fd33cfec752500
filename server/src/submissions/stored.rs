//! Where the text of a submission is stored: in the mailbox of its receiver, or those of the receiver's devices.

/// Whether it is in the mailbox that has its receiver's name, as a condition on a row of `submissions` with this name.
macro_rules! is_with_user {
    ($row:literal) => {
        concat!(
            "EXISTS (SELECT FROM messages WHERE messages.receiver = convert_to(",
            $row,
            ".receiver, 'UTF8') AND messages.sender = convert_to(",
            $row,
            ".sender, 'UTF8') AND messages.fp = convert_to(",
            $row,
            ".fp, 'UTF8'))"
        )
    };
}

/// Whether it is in the mailbox of one of its receiver's devices: their names have a character after the user's that no id has, and a
/// number.
macro_rules! is_with_device {
    ($row:literal) => {
        concat!(
            "EXISTS (SELECT FROM messages WHERE messages.receiver > convert_to(",
            $row,
            ".receiver, 'UTF8') || '\\xefbfbf' AND messages.receiver < convert_to(",
            $row,
            ".receiver, 'UTF8') || '\\xefbfc0' AND messages.sender = convert_to(",
            $row,
            ".sender, 'UTF8') AND messages.fp = convert_to(",
            $row,
            ".fp, 'UTF8'))"
        )
    };
}
