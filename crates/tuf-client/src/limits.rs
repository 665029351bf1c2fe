/// How much of a repository is read before it is refused.
///
/// A length listed in trusted metadata is kept to as well, and never raises a limit: a limit bounds memory, and
/// a signature does not. What is read takes up to forty times its length in memory, and ten times if it is honest:
/// 143 MB for a role of 100,000 targets in 14 MB.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// The longest root, in bytes. 512 KB by default, as in the reference implementation; the public Sigstore root
    /// has 5 KB.
    pub root: u64,
    /// The longest timestamp, in bytes. 16 KiB by default, as in the reference implementation; a usual one has 400
    /// bytes.
    pub timestamp: u64,
    /// The longest snapshot, in bytes. 4 MB by default: 16,384 hash bins with length and digest take 2.3 MB.
    pub snapshot: u64,
    /// The longest metadata of a targets role, in bytes. 10 MB by default, some 45,000 targets.
    /// [`canonical_json::Limits`] reads no more than 64 MiB.
    pub targets: u64,
    /// The most new roots followed in one update. 256 by default: a rotation every week for five years.
    pub roots: u32,
    /// The most targets roles asked about one target, the top-level role included. 33 by default, as in the
    /// reference implementation: that role and 32 others.
    pub roles: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            root: 512_000,
            timestamp: 16_384,
            snapshot: 4_000_000,
            targets: 10_000_000,
            roots: 256,
            roles: 33,
        }
    }
}
