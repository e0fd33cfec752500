//! Sizes, as people write them: `64KiB`.

use std::fmt;

use bytesize::ByteSize;

use super::Quantity;

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub usize);

impl Quantity for Size {
    const EXPECTED: &str = "a size such as 64KiB or 4MiB";

    fn read(text: &str) -> Option<Self> {
        let size: ByteSize = text.parse().ok()?;
        size.as_u64().try_into().ok().map(Self)
    }

    fn is_zero(self) -> bool {
        self.0 == 0
    }

    fn write(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0;
        for (unit, name) in [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")] {
            if bytes >= unit && bytes.is_multiple_of(unit) {
                return write!(f, "{}{name}", bytes / unit);
            }
        }
        write!(f, "{bytes}B")
    }
}
