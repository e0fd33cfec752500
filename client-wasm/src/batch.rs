//! Bodies that go out together.

use alloc::string::String;

use mobileim_protocol::batch;

/// What is to go out on a link in one frame, as soon as whatever runs now is done.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) link: u32,
    pub(crate) frame: String,
}

impl Batch {
    /// Whether a body may go with what is in it. The first may always.
    pub(crate) fn has_room(&self, link: u32, body: &str, max_batch: usize) -> bool {
        let frame = self.frame.len();
        frame == 0 || link == self.link && batch::has_room(frame, body.len(), max_batch)
    }

    /// Adds a body for which there is room; true when it is the first.
    pub(crate) fn push(&mut self, link: u32, body: &str) -> bool {
        let is_first = self.frame.is_empty();
        if !is_first {
            self.frame.push(char::from(batch::SEPARATOR));
        }
        self.link = link;
        self.frame.push_str(body);
        is_first
    }
}
