//! Bytes as choices.
//!
//! A few lines of our own rather than a crate: the committed corpus keeps its meaning as long as these stay.

/// The bytes that are left. Once there are none, every choice is the first one.
pub struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A number from zero to `most`, from as many bytes as that takes.
    pub fn number(&mut self, most: u64) -> u64 {
        let mut number = 0;
        let mut range = most;
        while range > 0 {
            number = number << 8 | u64::from(self.bytes(1).first().copied().unwrap_or(0));
            range >>= 8;
        }
        number % most.saturating_add(1)
    }

    pub fn flag(&mut self) -> bool {
        self.number(1) == 1
    }

    /// One of these; there must be one.
    pub fn one_of<T: Copy>(&mut self, these: &[T]) -> T {
        these[self.below(these.len())]
    }

    /// A number below this one, which is not zero.
    pub fn below(&mut self, most: usize) -> usize {
        self.index(most).expect("something to choose from")
    }

    /// A place in a list of this length; `None` for an empty list.
    pub fn index(&mut self, len: usize) -> Option<usize> {
        let last = u64::try_from(len.checked_sub(1)?).ok()?;
        usize::try_from(self.number(last)).ok()
    }

    /// So many bytes, or what is left.
    pub fn bytes(&mut self, most: usize) -> &'a [u8] {
        let (taken, left) = self.0.split_at(most.min(self.0.len()));
        self.0 = left;
        taken
    }
}
