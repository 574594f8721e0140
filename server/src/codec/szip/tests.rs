//! What was coded is decoded, sample by sample, whatever lines and blocks are; what is damaged is told.

use super::super::tests::noise;
use super::super::{Chunk, Codec, CodecError, Number, NumberClass};

const LIMIT: usize = 1 << 20;

fn options(
    element: usize,
    precision: u32,
    big_endian: bool,
    asked: &[u32],
    dims: &[u64],
) -> Vec<u32> {
    let number = Some(Number { class: NumberClass::Integer, big_endian, precision });
    let chunk = Chunk { element, part: element, dims: dims.to_vec(), number };
    chunk.options(Codec::Szip, asked).unwrap()
}

/// Numbers of `precision` bits of several kinds: all alike, in runs, near each other, and any.
fn samples(element: usize, precision: u32, big_endian: bool, count: usize) -> Vec<Vec<u8>> {
    let mask = u64::MAX >> (64 - precision);
    let mut any = noise(precision.into()).map(u64::from);
    let mut byte = || any.next().unwrap();
    let mut walk = mask / 2;
    let kinds: [&mut dyn FnMut(usize) -> u64; 6] = [
        &mut |_| 0,
        &mut |_| mask,
        &mut |index| (index / 150) as u64,
        &mut |index| u64::from(index % 700 == 3),
        &mut |_| {
            walk = walk.wrapping_add(byte() % 7).wrapping_sub(3);
            walk
        },
        &mut |index| (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23),
    ];
    kinds
        .into_iter()
        .map(|number| {
            (0..count)
                .flat_map(|index| {
                    let bytes = (number(index) & mask).to_le_bytes();
                    let mut bytes = bytes[..element].to_vec();
                    if big_endian {
                        bytes.reverse();
                    }
                    bytes
                })
                .collect()
        })
        .collect()
}

#[test]
fn numbers_of_every_width_come_back() {
    let widths = [
        (1, 8),
        (1, 1),
        (1, 5),
        (2, 16),
        (2, 9),
        (4, 32),
        (4, 24),
        (4, 17),
        (4, 12),
        (8, 64),
        (8, 40),
        (8, 3),
    ];
    for (element, precision) in widths {
        for big_endian in [false, true] {
            let cases: [([u32; 2], &[u64]); 6] = [
                ([32, 8], &[64]),
                ([4, 8], &[999]),
                ([32, 10], &[9, 33]),
                ([32, 32], &[5, 7, 11]),
                ([32, 2], &[2500]),
                ([4, 32], &[1, 4097]),
            ];
            for (asked, dims) in cases {
                {
                    let options = options(element, precision, big_endian, &asked, dims);
                    let count = usize::try_from(dims.iter().product::<u64>()).unwrap();
                    for sample in samples(element, precision, big_endian, count) {
                        let encoded = Codec::Szip.encode(&options, &sample).unwrap();
                        let decoded = Codec::Szip.decode(&options, &encoded, LIMIT);
                        assert!(decoded.as_ref() == Ok(&sample), "{options:?} {count}");
                    }
                }
            }
        }
    }
}

#[test]
fn numbers_near_each_other_become_smaller() {
    let options = options(2, 16, false, &[32, 16], &[5000]);
    let near = &samples(2, 16, false, 5000)[4];
    let encoded = Codec::Szip.encode(&options, near).unwrap();
    assert!(encoded.len() < near.len() / 3, "{}", encoded.len());
}

#[test]
fn a_bit_outside_of_the_precision_is_not_lost() {
    let options = options(2, 12, false, &[32, 8], &[16]);
    let mut sample = [0; 32];
    sample[9] = 0x10;
    let refused = Codec::Szip.encode(&options, &sample);
    assert!(matches!(refused, Err(CodecError::Options { .. })), "{refused:?}");
    assert!(matches!(Codec::Szip.encode(&options, &sample[1..]), Err(CodecError::Options { .. })));
}

#[test]
fn what_szip_cannot_be_set_for_is_refused() {
    let number = Some(Number { class: NumberClass::Integer, big_endian: false, precision: 32 });
    let chunk = |element, dims: &[u64], number| Chunk {
        element,
        part: element,
        dims: dims.to_vec(),
        number,
    };
    let fits = chunk(4, &[8], number);
    assert_eq!(fits.options(Codec::Szip, &[32, 8]), Ok(vec![169, 8, 32, 8]));
    assert_eq!(fits.options(Codec::Szip, &[4, 2]), Ok(vec![141, 2, 32, 8]));
    assert_eq!(fits.options(Codec::Szip, &[169, 8, 1, 1]), fits.options(Codec::Szip, &[]));
    for asked in
        [&[32_u32][..], &[32, 7], &[32, 0], &[32, 34], &[36, 8], &[0, 8], &[32, 8, 1], &[32, 16]]
    {
        let refused = fits.options(Codec::Szip, asked);
        assert!(matches!(refused, Err(CodecError::Options { .. })), "{asked:?}: {refused:?}");
    }
    for other in [chunk(4, &[99], None), chunk(3, &[99], number), chunk(16, &[99], number)] {
        let refused = other.options(Codec::Szip, &[32, 8]);
        assert!(matches!(refused, Err(CodecError::Options { .. })), "{other:?}: {refused:?}");
    }
}

#[test]
fn hostile_bytes_do_no_harm() {
    for (element, precision) in [(1, 8), (2, 16), (4, 24), (4, 32), (8, 64)] {
        for asked in [[4, 8], [32, 10]] {
            let options = options(element, precision, false, &asked, &[33, 45]);
            for sample in samples(element, precision, false, 33 * 45) {
                let encoded = Codec::Szip.encode(&options, &sample).unwrap();
                for cut in 0..encoded.len().min(60) {
                    let decoded = Codec::Szip.decode(&options, &encoded[..cut], LIMIT);
                    assert!(
                        matches!(decoded, Err(CodecError::Damaged { .. })),
                        "{options:?} {cut}"
                    );
                }
                let mut longer = encoded.clone();
                longer[..4].copy_from_slice(&(1_u32 << 31).to_le_bytes());
                let refused = Codec::Szip.decode(&options, &longer, LIMIT);
                assert!(matches!(refused, Err(CodecError::TooLarge { .. })), "{refused:?}");
                let mut numbers = noise(u64::from(precision));
                for _ in 0..100 {
                    let mut changed = encoded.clone();
                    let at = [numbers.next(), numbers.next()].map(Option::unwrap);
                    let at = usize::from(u16::from_le_bytes(at)) % (changed.len() - 4) + 4;
                    changed[at] = numbers.next().unwrap();
                    match Codec::Szip.decode(&options, &changed, LIMIT) {
                        Ok(decoded) => assert_eq!(decoded.len(), sample.len()),
                        Err(error) => assert!(matches!(error, CodecError::Damaged { .. })),
                    }
                }
            }
        }
    }
    for options in [
        &[][..],
        &[32, 8, 32],
        &[32, 8, 32, 0],
        &[32, 0, 32, 8],
        &[32, 8, 99, 8],
        &[32, 8, 0, 8],
        &[32, 8, 8, u32::MAX],
    ] {
        let refused = Codec::Szip.decode(options, &[4, 0, 0, 0, 0, 0], LIMIT);
        assert!(matches!(refused, Err(CodecError::Options { .. })), "{options:?}: {refused:?}");
    }
}
