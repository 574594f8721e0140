//! Every codec gives back what it was given, and stands whatever else it is given.

use super::{Chunk, Codec, CodecError};

const LIMIT: usize = 1 << 20;

/// Options to try each codec with.
fn asked(codec: Codec) -> Vec<Vec<u32>> {
    let blosc = |codecs: &[u32], filters: u32| {
        let mut all = Vec::new();
        for &codec in codecs {
            for filter in 0..filters {
                all.extend([0, 1, 9].map(|level| vec![0, 0, 0, 0, level, filter, codec]));
            }
        }
        all
    };
    match codec {
        Codec::Deflate => vec![vec![0], vec![4], vec![9]],
        // They take numbers only, and have tests of their own.
        Codec::Szip | Codec::Zfp => vec![],
        Codec::Lzf => vec![vec![]],
        Codec::Lz4 => vec![vec![], vec![0], vec![64]],
        Codec::Bitshuffle => vec![vec![], vec![0, 2], vec![16, 2], vec![16, 3]],
        Codec::Zstd => vec![vec![], vec![3]],
        Codec::Blosc => blosc(&[0, 1, 3, 4, 5], 3),
        Codec::Blosc2 => blosc(&[0, 1, 4, 5], 4),
    }
}

/// Numbers that look random and are the same each time.
pub(super) fn noise(seed: u64) -> impl Iterator<Item = u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    })
}

fn samples() -> Vec<Vec<u8>> {
    let ramp = |length: u32| (0..length).flat_map(|value| (value / 3).to_le_bytes()).collect();
    let mut samples = vec![vec![7], vec![0; 12], ramp(5001), ramp(70_000)];
    samples.extend([12, 4096, 70_003].map(|length| noise(3).take(length).collect()));
    samples
}

fn stored(codec: Codec, asked: &[u32], element: usize, bytes: usize) -> Vec<u32> {
    let chunk =
        Chunk { element, part: element, dims: vec![(bytes / element) as u64], number: None };
    chunk.options(codec, asked).unwrap()
}

#[test]
fn what_was_encoded_is_decoded() {
    for codec in Codec::ALL {
        for asked in asked(codec) {
            for sample in samples() {
                for element in [3, 4] {
                    let options = stored(codec, &asked, element, sample.len());
                    let encoded = codec.encode(&options, &sample).unwrap();
                    let decoded = codec.decode(&options, &encoded, LIMIT);
                    assert!(
                        decoded.as_ref() == Ok(&sample),
                        "{codec:?} {asked:?} {}",
                        sample.len()
                    );
                }
            }
        }
    }
}

#[test]
fn options_that_were_worked_out_are_worked_out_to_themselves() {
    for codec in Codec::ALL {
        for asked in asked(codec) {
            let options = stored(codec, &asked, 4, 4096);
            assert_eq!(stored(codec, &options, 4, 4096), options, "{codec:?} {asked:?}");
        }
    }
}

#[test]
fn no_more_comes_out_than_is_allowed() {
    let sample = vec![1; LIMIT + 1];
    for codec in Codec::ALL {
        for asked in asked(codec) {
            let options = stored(codec, &asked, 4, sample.len());
            if codec == Codec::Bitshuffle && options.get(4).is_none_or(|kind| *kind == 0) {
                continue;
            }
            let encoded = codec.encode(&options, &sample).unwrap();
            let refused = codec.decode(&options, &encoded, LIMIT);
            assert!(
                matches!(refused, Err(CodecError::TooLarge { .. })),
                "{codec:?} {asked:?}: {:?}",
                refused.map(|decoded| decoded.len())
            );
        }
    }
}

#[test]
fn damaged_bytes_do_no_harm() {
    let sample: Vec<u8> = (0..1500_u32).flat_map(|value| (value / 3).to_le_bytes()).collect();
    for codec in Codec::ALL {
        for (round, asked) in asked(codec).iter().enumerate() {
            let options = stored(codec, asked, 4, sample.len());
            let encoded = codec.encode(&options, &sample).unwrap();
            for length in 0..encoded.len().min(200) {
                let cut = codec.decode(&options, &encoded[..length], LIMIT);
                assert!(cut.as_ref() != Ok(&sample), "{codec:?} {asked:?} {length}");
            }
            let mut numbers = noise(round as u64 + 1);
            for _ in 0..400 {
                let mut changed = encoded.clone();
                for _ in 0..3 {
                    let at = [numbers.next(), numbers.next()].map(Option::unwrap);
                    // Headers are short, and most of what can go wrong is in them.
                    let span = if at[1] % 2 == 0 { changed.len().min(64) } else { changed.len() };
                    let at = usize::from(u16::from_le_bytes(at)) % span;
                    changed[at] = numbers.next().unwrap();
                }
                if let Ok(decoded) = codec.decode(&options, &changed, LIMIT) {
                    assert!(decoded.len() <= LIMIT);
                }
            }
        }
    }
}
