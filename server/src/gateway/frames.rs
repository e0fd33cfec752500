//! What waits to be written, as `WebSocket` frames: one body each, or as many as the client takes in one.

use std::vec;

use bytes::{BufMut, Bytes, BytesMut};
use mobileim_protocol::batch;

use super::stream_link::Work;

/// The frames of what a writer took. Each comes with how many bytes of bodies it has.
#[derive(Default)]
pub(super) struct Frames {
    bodies: vec::IntoIter<Bytes>,
    alone: usize,
    max_batch: usize,
}

impl Frames {
    pub(super) fn new(work: Work) -> Self {
        Self {
            bodies: work.bodies.into_iter(),
            alone: work.alone,
            max_batch: work.max_batch,
        }
    }

    /// How many of the bodies that wait go together, and the length of their frame. Not counting the first.
    fn followers(&mut self, first: &Bytes) -> (usize, usize) {
        let mut len = first.len();
        if self.alone > 0 {
            self.alone -= 1;
            return (0, len);
        }
        let mut count = 0;
        for body in self.bodies.as_slice() {
            if !batch::has_room(len, body.len(), self.max_batch) {
                break;
            }
            len += 1 + body.len();
            count += 1;
        }
        (count, len)
    }
}

impl Iterator for Frames {
    type Item = (Bytes, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let first = self.bodies.next()?;
        let (followers, len) = self.followers(&first);
        if followers == 0 {
            return Some((first, len));
        }
        let mut frame = BytesMut::with_capacity(len);
        frame.extend_from_slice(&first);
        for body in self.bodies.by_ref().take(followers) {
            frame.put_u8(batch::SEPARATOR);
            frame.extend_from_slice(&body);
        }
        Some((frame.freeze(), len - followers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(bodies: &[&'static str], alone: usize, max_batch: usize) -> Vec<(String, usize)> {
        let bodies = bodies
            .iter()
            .map(|body| Bytes::from_static(body.as_bytes()));
        let work = Work {
            bodies: bodies.collect(),
            alone,
            max_batch,
            ping: false,
            automatic: 0,
        };
        Frames::new(work)
            .map(|(frame, bytes)| (String::from_utf8(frame.into()).unwrap(), bytes))
            .collect()
    }

    #[test]
    fn a_client_that_takes_no_batches_gets_each_body_by_itself() {
        assert_eq!(
            frames(&["ab", "c"], 0, 0),
            [("ab".to_owned(), 2), ("c".to_owned(), 1)]
        );
    }

    #[test]
    fn what_was_sent_before_the_client_knows_goes_by_itself() {
        assert_eq!(
            frames(&["login", "a", "b"], 1, 100),
            [("login".to_owned(), 5), ("a\nb".to_owned(), 2)]
        );
    }

    #[test]
    fn a_frame_is_never_longer_than_the_client_takes() {
        assert_eq!(
            frames(&["abc", "def", "g", "longer than 7", "h"], 0, 7),
            [
                ("abc\ndef".to_owned(), 6),
                ("g".to_owned(), 1),
                ("longer than 7".to_owned(), 13),
                ("h".to_owned(), 1)
            ]
        );
    }
}
