//! Several bodies in one `WebSocket` frame, with a line feed between them: what costs a browser most is the frame.
//!
//! Only if both ends have said at login that they take it (docs/protocol.md, "Batches"). Encoded messages have no
//! line feed of their own: JSON escapes it in texts.

/// A frame that is as long as this is not made longer: more bodies in it would save nothing that can be measured.
pub const ENOUGH: usize = 16 * 1024;

/// What stands between two bodies.
pub const SEPARATOR: u8 = b'\n';

/// The bodies of a frame.
pub fn bodies(frame: &[u8]) -> impl Iterator<Item = &[u8]> {
    frame.split(|byte| *byte == SEPARATOR)
}

/// The bodies of a frame that is text.
pub fn text_bodies(frame: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(frame);
    // Not by `split`, whose search for a character a page would have to load.
    core::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.bytes().position(|byte| byte == SEPARATOR) else {
            return rest.take();
        };
        rest = text.get(end + 1..);
        text.get(..end)
    })
}

/// Whether a frame of this length may get this body too, if the other end takes `max_batch` bytes.
pub const fn has_room(frame: usize, body: usize, max_batch: usize) -> bool {
    let limit = if max_batch < ENOUGH {
        max_batch
    } else {
        ENOUGH
    };
    frame + 1 + body <= limit
}
