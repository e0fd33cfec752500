//! What somebody has meant who has written something else.

/// A name is proposed in place of an unknown one if so much of it is the same: from 0, nothing, to 1.
const ALIKE: f64 = 0.5;

/// Returns the known name that is most alike, if one is alike enough; `alike` says how much, from 0 to 1.
pub(super) fn nearest(
    known: impl Iterator<Item = &'static str>,
    alike: impl Fn(&str) -> f64,
) -> Option<&'static str> {
    known
        .map(|known| (known, alike(known)))
        .filter(|(_, alike)| *alike >= ALIKE)
        .max_by(|(_, one), (_, other)| one.total_cmp(other))
        .map(|(known, _)| known)
}
