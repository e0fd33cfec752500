//! TCP framing: a 4-byte big-endian body length, then the body (docs/protocol.md, "Framing").

/// Bytes before each body.
pub const HEADER_LEN: usize = 4;

/// A header that announces more than is allowed. The stream cannot be followed past it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a frame of {announced} bytes, at most {limit} are allowed")]
pub struct OversizedFrame {
    /// The length in the header.
    pub announced: u32,
    /// The most that is allowed.
    pub limit: usize,
}

/// What the bytes received so far begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A whole frame.
    Complete {
        /// Its body.
        body: &'a [u8],
        /// How many bytes of the buffer it takes, header included.
        consumed: usize,
    },
    /// Part of a frame, or nothing.
    Incomplete {
        /// How many bytes are missing at least.
        missing: usize,
    },
}

/// Looks for a frame at the start of what was received.
///
/// Refuses an oversized length as soon as the header is there, before any of the body is awaited. Takes no
/// notice of how bytes were split or joined on the way: call it again with what is left after `consumed`.
pub fn split_frame(received: &[u8], limit: usize) -> Result<Frame<'_>, OversizedFrame> {
    let Some((header, rest)) = received.split_first_chunk::<HEADER_LEN>() else {
        return Ok(Frame::Incomplete {
            missing: HEADER_LEN - received.len(),
        });
    };
    let announced = u32::from_be_bytes(*header);
    let len = usize::try_from(announced)
        .ok()
        .filter(|len| *len <= limit)
        .ok_or(OversizedFrame { announced, limit })?;
    Ok(match rest.get(..len) {
        Some(body) => Frame::Complete {
            body,
            consumed: HEADER_LEN + len,
        },
        None => Frame::Incomplete {
            missing: len - rest.len(),
        },
    })
}

/// Appends a frame with this body to `buffer`.
pub fn write_frame(body: &[u8], buffer: &mut impl bytes::BufMut) {
    let len = u32::try_from(body.len()).expect("bodies are limited to far less than 4 GiB");
    buffer.put_u32(len);
    buffer.put_slice(body);
}
