//! The records of a log, as bytes.
//!
//! A record is the length of its payload (4 bytes, little-endian), the payload's CRC-32 (4 bytes), the payload: a
//! byte that says what it is, and the rest. Texts are UTF-8; a fingerprint is preceded by its length.

/// What every log begins with.
pub(super) const HEADER: &[u8] = b"MobileIM outbox 1\n";

/// Of length and checksum.
const FRAME: usize = 8;
/// More than any message. Bounds what damaged bytes can ask for; the length's last byte is 0 in every record, as
/// it is nowhere in JSON text, so no message's text can be taken for a record.
const LONGEST: usize = 0x00ff_ffff;

const PERSIST: u8 = 1;
const FORGET: u8 = 2;
const REMEMBER: u8 = 3;
const RECEIVE: u8 = 4;
const HANDLED: u8 = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Record<'a> {
    /// A message in the outbox.
    Persist { fp: &'a str, body: &'a str },
    /// No longer in the outbox.
    Forget { fp: &'a str },
    /// A message that was received and handled.
    Remember { hash: u64 },
    /// A message that was received, and is in the inbox.
    Receive { hash: u64, body: &'a str },
    /// No longer in the inbox.
    Handled { hash: u64 },
}

impl<'a> Record<'a> {
    /// How many bytes it takes.
    pub(super) fn len(&self) -> u64 {
        let payload = match self {
            Self::Persist { fp, body } => 5 + fp.len() + body.len(),
            Self::Forget { fp } => 1 + fp.len(),
            Self::Remember { .. } | Self::Handled { .. } => 9,
            Self::Receive { body, .. } => 9 + body.len(),
        };
        (FRAME + payload) as u64
    }

    /// Appends its bytes; `false`, and nothing, if it is too long to be read again.
    #[must_use]
    pub(super) fn encode(&self, bytes: &mut Vec<u8>) -> bool {
        let start = bytes.len();
        bytes.extend([0; FRAME]);
        match self {
            Self::Persist { fp, body } => {
                bytes.push(PERSIST);
                // What does not fit is too long as a whole.
                bytes.extend(u32::try_from(fp.len()).unwrap_or(u32::MAX).to_le_bytes());
                bytes.extend(fp.as_bytes());
                bytes.extend(body.as_bytes());
            }
            Self::Forget { fp } => {
                bytes.push(FORGET);
                bytes.extend(fp.as_bytes());
            }
            Self::Remember { hash } => {
                bytes.push(REMEMBER);
                bytes.extend(hash.to_le_bytes());
            }
            Self::Receive { hash, body } => {
                bytes.push(RECEIVE);
                bytes.extend(hash.to_le_bytes());
                bytes.extend(body.as_bytes());
            }
            Self::Handled { hash } => {
                bytes.push(HANDLED);
                bytes.extend(hash.to_le_bytes());
            }
        }
        let payload = &bytes[start + FRAME..];
        let Some(len) = u32::try_from(payload.len())
            .ok()
            .filter(|_| payload.len() <= LONGEST)
        else {
            bytes.truncate(start);
            return false;
        };
        let checksum = crc32fast::hash(payload);
        bytes[start..start + 4].copy_from_slice(&len.to_le_bytes());
        bytes[start + 4..start + FRAME].copy_from_slice(&checksum.to_le_bytes());
        true
    }

    /// The record at the beginning of these bytes; `None` if there is none, or it is incomplete or damaged.
    fn decode(bytes: &'a [u8]) -> Option<Self> {
        let (len, rest) = bytes.split_first_chunk::<4>()?;
        let (checksum, rest) = rest.split_first_chunk::<4>()?;
        let len = usize::try_from(u32::from_le_bytes(*len)).ok()?;
        let payload = rest.get(..len).filter(|_| len <= LONGEST)?;
        // Zeros, which some file systems leave after a crash, are no record: this one has no first byte.
        let (kind, rest) = payload.split_first()?;
        if !(PERSIST..=HANDLED).contains(kind)
            || crc32fast::hash(payload) != u32::from_le_bytes(*checksum)
        {
            return None;
        }
        match *kind {
            PERSIST => {
                let (len, rest) = rest.split_first_chunk::<4>()?;
                let len = usize::try_from(u32::from_le_bytes(*len)).ok()?;
                let (fp, body) = rest.split_at_checked(len)?;
                let fp = str::from_utf8(fp).ok()?;
                let body = str::from_utf8(body).ok()?;
                Some(Self::Persist { fp, body })
            }
            FORGET => Some(Self::Forget {
                fp: str::from_utf8(rest).ok()?,
            }),
            RECEIVE => {
                let (hash, body) = rest.split_first_chunk::<8>()?;
                let hash = u64::from_le_bytes(*hash);
                let body = str::from_utf8(body).ok()?;
                Some(Self::Receive { hash, body })
            }
            kind => {
                let hash = u64::from_le_bytes(rest.try_into().ok()?);
                Some(match kind {
                    REMEMBER => Self::Remember { hash },
                    _ => Self::Handled { hash },
                })
            }
        }
    }
}

/// The bytes of a log that are no record, after the header.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Skipped {
    /// Before a good record: damage.
    pub(super) damaged: usize,
    /// After the last good record: in all likelihood one that was not completely written.
    pub(super) tail: usize,
}

/// Hands over each good record, in order. Behind damage the next good one is looked for.
pub(super) fn scan<'a>(mut bytes: &'a [u8], mut take: impl FnMut(Record<'a>)) -> Skipped {
    let mut skipped = Skipped::default();
    while !bytes.is_empty() {
        if let Some(record) = Record::decode(bytes) {
            let len = usize::try_from(record.len()).expect("it is in memory");
            bytes = &bytes[len..];
            skipped.damaged += std::mem::take(&mut skipped.tail);
            take(record);
        } else {
            bytes = &bytes[1..];
            skipped.tail += 1;
        }
    }
    skipped
}
