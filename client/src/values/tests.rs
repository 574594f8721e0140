//! Blocks of every kind become the result they were cut from, and hostile ones are refused.

use super::*;

fn header(
    datatype: &str,
    shape: &[u64],
    place: Option<(&[u64], &[u64])>,
    last: bool,
) -> reply::Values {
    reply::Values {
        shape: Some(shape.to_vec()),
        datatype: datatype.parse().unwrap(),
        data: None,
        place: place
            .map(|(offset, shape)| Place { offset: offset.to_vec(), shape: shape.to_vec() }),
        last: Some(last),
    }
}

/// Cuts a `shape` of consecutive numbers into boxes of at most `step` per axis and puts it together again.
fn reassembled(shape: &[u64], step: &[u64]) -> Values {
    let mut boxes = vec![(Vec::new(), Vec::new())];
    for (dim, step) in shape.iter().zip(step) {
        boxes = boxes
            .into_iter()
            .flat_map(|(offset, lengths): (Vec<u64>, Vec<u64>)| {
                (0..*dim).step_by(usize::try_from(*step).unwrap()).map(move |start| {
                    let mut offset = offset.clone();
                    let mut lengths = lengths.clone();
                    offset.push(start);
                    lengths.push((*step).min(dim - start));
                    (offset, lengths)
                })
            })
            .collect();
    }
    let number = |index: &[u64]| {
        index.iter().zip(shape).fold(0, |number, (index, dim)| number * dim + index)
    };
    let mut assembly = Assembly::new(1 << 20);
    let n_boxes = boxes.len();
    // Backwards, so that order is seen not to matter.
    for (position, (offset, lengths)) in boxes.into_iter().rev().enumerate() {
        let mut block = Vec::new();
        for element in 0..lengths.iter().product::<u64>() {
            let mut rest = element;
            let mut index = offset.clone();
            for axis in (0..lengths.len()).rev() {
                index[axis] += rest % lengths[axis];
                rest /= lengths[axis];
            }
            number(&index).put(&mut block);
        }
        let last = position + 1 == n_boxes;
        let header = header("<u8", shape, Some((&offset, &lengths)), last);
        assert_eq!(assembly.add(&header, &block).unwrap(), last);
    }
    assembly.finish().unwrap()
}

#[test]
fn boxes_of_every_cut_come_back_in_order() {
    let cases: [(&[u64], &[u64]); 9] = [
        (&[], &[]),
        (&[7], &[3]),
        (&[7], &[7]),
        (&[4, 5], &[1, 5]),
        (&[4, 5], &[3, 2]),
        (&[4, 5], &[4, 1]),
        (&[3, 4, 5], &[2, 3, 5]),
        (&[3, 4, 5], &[3, 1, 2]),
        (&[2, 1, 3, 1], &[1, 1, 2, 1]),
    ];
    for (shape, step) in cases {
        let numbers: Vec<u64> = (0..shape.iter().product()).collect();
        assert_eq!(
            reassembled(shape, step).to_vec::<u64>().unwrap(),
            numbers,
            "{shape:?} {step:?}"
        );
    }
}

#[test]
fn variable_length_elements_move_with_their_heap() {
    let mut assembly = Assembly::new(1 << 20);
    let block = |texts: &[&str]| Values::from_texts(&[texts.len() as u64], texts).unwrap().payload;
    let second = header("string", &[5], Some((&[2], &[3])), false);
    assembly.add(&second, &block(&["c", "", "é"])).unwrap();
    let first = header("string", &[5], Some((&[0], &[2])), true);
    assembly.add(&first, &block(&["a", "bb"])).unwrap();
    let values = assembly.finish().unwrap();
    assert_eq!(values.to_json().unwrap(), r#"["a","bb","c","","é"]"#);
}

#[test]
fn results_without_elements_are_whole() {
    let mut empty = Assembly::new(1 << 20);
    assert!(empty.add(&header("<f8", &[0, 3], None, true), &[]).unwrap());
    assert_eq!(empty.finish().unwrap().to_json().unwrap(), "[]");

    let mut null = Assembly::new(1 << 20);
    let header = reply::Values { shape: None, ..header("<f8", &[], None, true) };
    assert!(null.add(&header, &[]).unwrap());
    assert_eq!(null.finish().unwrap().to_json().unwrap(), "null");
}

#[test]
fn a_server_that_lies_is_refused_before_memory_is_taken() {
    let add = |header: &reply::Values, values: &[u8]| {
        Assembly::new(1 << 20).add(header, values).unwrap_err()
    };
    let huge = header("<f8", &[1 << 40, 1 << 20], None, true);
    assert!(matches!(add(&huge, &[]), CallError::ResultTooLarge { limit: 1_048_576, .. }));
    let uncountable = header("<f8", &[1 << 40, 1 << 40], None, true);
    assert!(matches!(add(&uncountable, &[]), CallError::Value(_)));
    for (offset, shape) in [(vec![3], vec![2]), (vec![u64::MAX], vec![2]), (vec![0, 0], vec![1, 1])]
    {
        let outside = header("|u1", &[4], Some((&offset, &shape)), true);
        assert!(matches!(add(&outside, &[0, 0]), CallError::Protocol(ProtocolError::Place { .. })));
    }
    let short = header("<i4", &[2], None, true);
    assert!(matches!(add(&short, &[0; 7]), CallError::Protocol(ProtocolError::Values(_))));
}

#[test]
fn missing_and_contradicting_blocks_are_errors() {
    let mut assembly = Assembly::new(1 << 20);
    assembly.add(&header("|u1", &[4], Some((&[0], &[2])), true), &[1, 2]).unwrap();
    assert_eq!(assembly.finish(), Err(ProtocolError::Incomplete { received: 2, expected: 4 }));
    let mut assembly = Assembly::new(1 << 20);
    assembly.add(&header("|u1", &[4], Some((&[0], &[2])), false), &[1, 2]).unwrap();
    let other = header("|i1", &[4], Some((&[2], &[2])), true);
    assert!(matches!(
        assembly.add(&other, &[3, 4]),
        Err(CallError::Protocol(ProtocolError::Inconsistent))
    ));
    assert!(Assembly::new(1).finish().is_err());
}

#[test]
fn numbers_go_in_and_out_in_either_byte_order() {
    let values = Values::from_slice(&[2], &[1_i16, -2]).unwrap();
    assert_eq!(values.datatype.to_string(), "<i2");
    assert_eq!(values.to_vec::<i16>().unwrap(), [1, -2]);
    let big = Values {
        datatype: ">i2".parse().unwrap(),
        shape: Some(vec![1]),
        payload: vec![0x01, 0x02],
    };
    assert_eq!(big.to_vec::<i16>().unwrap(), [0x0102]);
    assert!(big.to_vec::<u16>().is_err());
    assert!(Values::from_slice(&[3], &[1.0_f64]).is_err());
    assert!(Values::from_texts(&[3], &["a"]).is_err());
}
