//! Which encodings of points are taken, as a key or as the `R` of a signature.

/// Whether `point`, if it is an encoding of one at all, is the only one of its point, and the point is not of small order.
///
/// Points of small order verify signatures nobody made, and second encodings let one signature be two. Verifiers
/// disagree about both (RFC 8032 leaves room), so that no backend is asked.
pub(super) fn is_sound(point: &[u8; 32]) -> bool {
    let mut y = *point;
    let [.., last] = &mut y;
    *last &= 0x7f; // the sign of x
    is_below_p(&y) && !OF_SMALL_ORDER.contains(&y)
}

/// Whether a number of 255 bits, its last byte first in weight, is below p = 2^255 - 19.
fn is_below_p(y: &[u8; 32]) -> bool {
    let [first, middle @ .., last] = y;
    *last != 0x7f || middle.iter().any(|byte| *byte != 0xff) || *first < 0xed
}

/// The y-coordinates below p of the eight points whose order divides eight.
#[rustfmt::skip]
const OF_SMALL_ORDER: [[u8; 32]; 5] = [
    // Order 4: (±√-1, 0).
    [0; 32],
    // Order 1: (0, 1).
    [
        0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ],
    // Order 2: (0, -1).
    [
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
    ],
    // Order 8: two with each of y and -y.
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
        0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
        0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ed25519_dalek::VerifyingKey;

    use super::*;

    /// The multiples of a point of order eight are all points of small order.
    #[test]
    fn the_points_of_small_order_are_all_here() {
        let eighth = VerifyingKey::from_bytes(&OF_SMALL_ORDER[3]).unwrap();
        let eighth = eighth.to_edwards();
        let mut point = eighth;
        let mut encodings = BTreeSet::new();
        while encodings.insert(point.compress().to_bytes()) {
            point += eighth;
        }
        assert_eq!(encodings.len(), 8);
        let coordinates: BTreeSet<_> = encodings
            .into_iter()
            .map(|mut encoding| {
                assert!(!is_sound(&encoding));
                encoding[31] &= 0x7f;
                encoding
            })
            .collect();
        assert_eq!(coordinates, OF_SMALL_ORDER.into());
    }

    #[test]
    fn an_encoding_is_below_p() {
        let p = |difference: u8| {
            let mut y = OF_SMALL_ORDER[2];
            y[0] = difference;
            y
        };
        assert!(is_below_p(&p(0xec)));
        assert!(!is_below_p(&p(0xed)));
        assert!(!is_below_p(&p(0xff)));
        for index in 1..32 {
            let mut y = p(0xff);
            y[index] -= 1;
            assert!(is_below_p(&y), "{index}");
        }
    }

    #[test]
    fn the_base_point_is_sound_with_either_sign() {
        let mut base = [0x66; 32];
        base[0] = 0x58;
        assert!(is_sound(&base));
        base[31] |= 0x80;
        assert!(is_sound(&base));
    }
}
