use alloc::vec::Vec;

/// Of each level of nesting that is open, whether it is an object or an array: a bit a level.
#[derive(Debug, Default)]
pub(super) struct Levels {
    /// The last number holds the innermost levels, the innermost in its lowest bit.
    bits: Vec<u64>,
    depth: u32,
}

impl Levels {
    pub(super) fn push(&mut self, is_object: bool) {
        if self.depth.is_multiple_of(u64::BITS) {
            self.bits.push(0);
        }
        self.depth += 1;
        if let Some(bits) = self.bits.last_mut() {
            *bits = *bits << 1 | u64::from(is_object);
        }
    }

    pub(super) fn pop(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self.depth.is_multiple_of(u64::BITS) {
            self.bits.pop();
        } else if let Some(bits) = self.bits.last_mut() {
            *bits >>= 1;
        }
    }

    /// Whether the innermost level is an object; `None` if none is open.
    pub(super) fn innermost(&self) -> Option<bool> {
        self.bits.last().map(|bits| bits & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_come_back_in_reverse() {
        let kinds: Vec<bool> = (0..1000)
            .map(|level| level % 3 == 0 || level % 7 == 0)
            .collect();
        let mut levels = Levels::default();
        for kind in &kinds {
            levels.push(*kind);
        }
        for kind in kinds.iter().rev() {
            assert_eq!(levels.innermost(), Some(*kind));
            levels.pop();
        }
        assert_eq!(levels.innermost(), None);
    }
}
