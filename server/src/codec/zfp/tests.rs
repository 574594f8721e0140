//! What is to be kept is kept, nothing more than a tolerance is lost, and hostile headers and chunks are told.

use super::super::tests::noise;
use super::super::{Chunk, Codec, CodecError, Number, NumberClass};

const LIMIT: usize = 1 << 20;
const RATE: u32 = 1;
const PRECISION: u32 = 2;
const TOLERANCE: u32 = 3;
const LIMITS: u32 = 4;
const REVERSIBLE: u32 = 5;

fn chunk(class: NumberClass, element: usize, dims: &[u64]) -> Chunk {
    let precision = u32::try_from(element * 8).unwrap();
    let number = Some(Number { class, big_endian: false, precision });
    Chunk { element, part: element, dims: dims.to_vec(), number }
}

fn asked(mode: u32, float: f64) -> Vec<u32> {
    let bits = float.to_bits().to_le_bytes();
    let half = |at: usize| u32::from_le_bytes(bits[at..at + 4].try_into().unwrap());
    vec![mode, 0, half(0), half(4)]
}

fn floats(count: u64) -> Vec<f64> {
    let mut any = noise(7).map(f64::from);
    (0..u32::try_from(count).unwrap())
        .map(|index| (f64::from(index) / 9.0).sin() * 40.0 + any.next().unwrap() / 256.0)
        .collect()
}

const SHAPES: [&[u64]; 8] =
    [&[1000], &[3], &[20, 13], &[1, 5, 1], &[7, 5, 9], &[2, 2, 2], &[5, 6, 2, 3], &[1, 4, 4, 4, 5]];

#[test]
fn nothing_is_lost_where_nothing_may_be_lost() {
    for (class, element) in [
        (NumberClass::Float, 4),
        (NumberClass::Float, 8),
        (NumberClass::Integer, 4),
        (NumberClass::Integer, 8),
    ] {
        for dims in SHAPES {
            let options = chunk(class, element, dims).options(Codec::Zfp, &[REVERSIBLE]).unwrap();
            let count = dims.iter().product::<u64>();
            let bytes = usize::try_from(count).unwrap() * element;
            let smooth: Vec<u8> = floats(count)
                .iter()
                .flat_map(|float| {
                    #[expect(clippy::cast_possible_truncation, reason = "half as many digits")]
                    let single = *float as f32;
                    if element == 4 {
                        single.to_le_bytes().to_vec()
                    } else {
                        float.to_le_bytes().to_vec()
                    }
                })
                .collect();
            let any: Vec<u8> = noise(3).take(bytes).collect();
            let negative_zeros: Vec<u8> =
                (0..bytes).map(|at| if at % element == element - 1 { 0x80 } else { 0 }).collect();
            for sample in [smooth, any, vec![0; bytes], negative_zeros, vec![0xff; bytes]] {
                let encoded = Codec::Zfp.encode(&options, &sample).unwrap();
                assert!(
                    Codec::Zfp.decode(&options, &encoded, LIMIT).as_ref() == Ok(&sample),
                    "{options:?}"
                );
            }
        }
    }
}

#[test]
fn no_more_than_the_tolerance_is_lost_and_a_rate_is_kept() {
    for dims in SHAPES {
        let count = dims.iter().product();
        let numbers = floats(count);
        let bytes: Vec<u8> = numbers.iter().flat_map(|float| float.to_le_bytes()).collect();
        let chunk = chunk(NumberClass::Float, 8, dims);
        for tolerance in [1.0, 1e-3, 1e-9] {
            let options = chunk.options(Codec::Zfp, &asked(TOLERANCE, tolerance)).unwrap();
            let encoded = Codec::Zfp.encode(&options, &bytes).unwrap();
            let decoded = Codec::Zfp.decode(&options, &encoded, LIMIT).unwrap();
            for (number, decoded) in numbers.iter().zip(decoded.chunks_exact(8)) {
                let decoded = f64::from_le_bytes(decoded.try_into().unwrap());
                assert!(
                    (number - decoded).abs() <= tolerance,
                    "{dims:?}: {number} became {decoded}"
                );
            }
        }
        let options = chunk.options(Codec::Zfp, &asked(RATE, 16.0)).unwrap();
        let encoded = Codec::Zfp.encode(&options, &bytes).unwrap();
        let blocks: u64 = dims.iter().filter(|dim| **dim > 1).map(|dim| dim.div_ceil(4)).product();
        let axes = u32::try_from(dims.iter().filter(|dim| **dim > 1).count()).unwrap();
        assert_eq!(encoded.len() as u64, blocks * 4_u64.pow(axes) * 2, "{dims:?}");
    }
}

#[test]
fn headers_are_those_of_the_plugin() {
    // As hdf5plugin 7.1 makes them for chunks of 10 times 30 doubles.
    let chunk = chunk(NumberClass::Float, 8, &[10, 30]);
    let begin = [0x1010_5111, 0x0570_667a, 0x9000_01d7];
    for (asked, rest) in [
        (asked(RATE, 8.0), vec![0x07f0_0000]),
        (vec![PRECISION, 0, 12], vec![0x80b0_0000]),
        (asked(TOLERANCE, 1e-3), vec![0xca90_0000]),
        (vec![REVERSIBLE], vec![0x8800_0000]),
        (
            vec![LIMITS, 0, 1, 16_657, 64, (-1074_i32).cast_unsigned()],
            vec![0xfff0_0000, 0xe088_0000, 0x0007_87af],
        ),
        (vec![], vec![0xfff0_0000, 0xe088_8000, 0x0007_87af]),
    ] {
        let options = chunk.options(Codec::Zfp, &asked).unwrap();
        assert_eq!(options, [&begin[..], &rest].concat(), "{asked:?}");
        assert_eq!(chunk.options(Codec::Zfp, &options).unwrap(), options);
    }
}

#[test]
fn what_zfp_cannot_be_set_for_is_refused() {
    let float = chunk(NumberClass::Float, 8, &[64]);
    for asked in [
        vec![0],
        vec![6],
        vec![PRECISION, 0, 65],
        asked(RATE, 0.0),
        asked(RATE, -1.0),
        asked(RATE, f64::NAN),
        asked(TOLERANCE, -1.0),
        asked(TOLERANCE, f64::INFINITY),
        vec![LIMITS, 0, 9, 8, 64, 0],
        vec![LIMITS, 0, 0, 8, 64, 0],
        vec![LIMITS, 0, 1, 8, 65, 0],
        vec![LIMITS, 0, 1, 1 << 20, 64, 0],
    ] {
        let refused = float.options(Codec::Zfp, &asked);
        assert!(matches!(refused, Err(CodecError::Options { .. })), "{asked:?}: {refused:?}");
    }
    let mut big_endian = float.clone();
    big_endian.number.as_mut().unwrap().big_endian = true;
    assert!(big_endian.options(Codec::Zfp, &[REVERSIBLE]).is_ok());
    for other in [
        chunk(NumberClass::Float, 2, &[64]),
        chunk(NumberClass::Integer, 1, &[64]),
        chunk(NumberClass::Other, 4, &[64]),
        chunk(NumberClass::Float, 8, &[1, 1]),
        chunk(NumberClass::Float, 8, &[2; 5]),
        chunk(NumberClass::Float, 8, &[2, 5000, 2, 2]),
        big_endian,
    ] {
        let refused = other.options(Codec::Zfp, &asked(RATE, 8.0));
        assert!(matches!(refused, Err(CodecError::Options { .. })), "{other:?}: {refused:?}");
    }
}

#[test]
fn numbers_that_are_not_finite_are_refused_where_they_would_be_lost() {
    let chunk = chunk(NumberClass::Float, 8, &[4]);
    let bytes: Vec<u8> =
        [1.0, f64::NAN, 2.0, f64::INFINITY].iter().flat_map(|float| float.to_le_bytes()).collect();
    let lossy = chunk.options(Codec::Zfp, &[PRECISION, 0, 20]).unwrap();
    assert!(matches!(Codec::Zfp.encode(&lossy, &bytes), Err(CodecError::Options { .. })));
    assert!(matches!(Codec::Zfp.encode(&lossy, &bytes[1..]), Err(CodecError::Options { .. })));
    let exact = chunk.options(Codec::Zfp, &[REVERSIBLE]).unwrap();
    let encoded = Codec::Zfp.encode(&exact, &bytes).unwrap();
    assert_eq!(Codec::Zfp.decode(&exact, &encoded, LIMIT), Ok(bytes));
}

#[test]
fn hostile_bytes_do_no_harm() {
    let numbers: Vec<u8> = floats(16 * 20).iter().flat_map(|float| float.to_le_bytes()).collect();
    for asked in
        [vec![REVERSIBLE], vec![PRECISION, 0, 30], asked(RATE, 10.0), asked(TOLERANCE, 0.01)]
    {
        let options = chunk(NumberClass::Float, 8, &[16, 20]).options(Codec::Zfp, &asked).unwrap();
        let encoded = Codec::Zfp.encode(&options, &numbers).unwrap();
        for cut in 0..encoded.len() {
            let decoded = Codec::Zfp.decode(&options, &encoded[..cut], LIMIT);
            assert!(matches!(decoded, Err(CodecError::Damaged { .. })), "{asked:?} {cut}");
        }
        let mut any = noise(9);
        for _ in 0..200 {
            let (mut changed, mut other) = (encoded.clone(), options.clone());
            let mut next = || usize::from(any.next().unwrap());
            let at = next() * next() % changed.len();
            changed[at] ^= 1 << (next() % 8);
            match Codec::Zfp.decode(&options, &changed, LIMIT) {
                Ok(decoded) => assert_eq!(decoded.len(), numbers.len()),
                Err(error) => assert!(matches!(error, CodecError::Damaged { .. })),
            }
            let at = next() % other.len();
            other[at] ^= 1 << (next() % 32);
            if let Ok(decoded) = Codec::Zfp.decode(&other, &encoded, LIMIT) {
                assert!(decoded.len() <= LIMIT);
            }
        }
    }
    let mut huge = chunk(NumberClass::Float, 8, &[16]).options(Codec::Zfp, &[REVERSIBLE]).unwrap();
    huge[2] |= 0xffff_fff0;
    let refused = Codec::Zfp.decode(&huge, &[0; 100], LIMIT);
    assert!(matches!(refused, Err(CodecError::TooLarge { .. })), "{refused:?}");
    let mut older = huge.clone();
    older[1] = 0x0470_667a;
    assert!(matches!(
        Codec::Zfp.decode(&older, &[0; 100], LIMIT),
        Err(CodecError::Unavailable { .. })
    ));
    for options in [&[][..], &[1], &[1, 0x0570_667a], &[1, 0x0570_667a, 0x92], &[1, 2, 3, 4, 5]] {
        let refused = Codec::Zfp.decode(options, &[0; 100], LIMIT);
        assert!(matches!(refused, Err(CodecError::Options { .. })), "{options:?}: {refused:?}");
    }
}
