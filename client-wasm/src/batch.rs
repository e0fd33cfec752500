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
    /// Takes a body into it, if it fits and is for the same link, or is the first.
    pub(crate) fn add(&mut self, link: u32, body: &str, max_batch: usize) -> bool {
        if !self.frame.is_empty() {
            if link != self.link || !batch::has_room(self.frame.len(), body.len(), max_batch) {
                return false;
            }
            self.frame.push(char::from(batch::SEPARATOR));
        }
        self.link = link;
        self.frame.push_str(body);
        true
    }
}
