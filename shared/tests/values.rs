//! Random elements of random datatypes: what JSON and payloads say of them is the same, both ways.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use hdf5_async_protocol::model::{
    ByteOrder, Charset, Datatype, EnumMember, EnumValue, Padding, ReferenceKind,
};
use hdf5_async_protocol::values::payload::moved;
use hdf5_async_protocol::values::{Slots, broadcast, check, parse, parse_any_shape, to_json};
use serde_json::{Value, json};

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn order(&mut self) -> ByteOrder {
        if self.below(2) == 0 { ByteOrder::Little } else { ByteOrder::Big }
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }

    fn datatype(&mut self, depth: u32) -> Datatype {
        let kinds = if depth == 0 { 7 } else { 11 };
        let order = self.order();
        match self.below(kinds) {
            0 => {
                let size = u32::try_from(1 + self.below(8)).unwrap();
                let precision = u32::try_from(1 + self.below(u64::from(size) * 8)).unwrap();
                let signed = self.below(2) == 0 && precision > 1;
                let bit_offset = size * 8 - precision;
                Datatype::Integer { size, signed, order, precision, bit_offset }
            }
            1 => Datatype::float(*self.pick(&[2, 4, 8]), order),
            2 => Datatype::Bool,
            3 => Datatype::variable_string(),
            4 => Datatype::String {
                length: Some(9),
                charset: Charset::Utf8,
                padding: *self.pick(&[
                    Padding::NullPadded,
                    Padding::NullTerminated,
                    Padding::SpacePadded,
                ]),
            },
            5 => Datatype::Reference { kind: ReferenceKind::Object },
            6 => Datatype::Enum {
                base: Box::new(Datatype::integer(2, true, order)),
                members: vec![EnumMember { name: "A".to_owned(), value: EnumValue::Signed(-3) }],
            },
            7 => Datatype::Complex { size: *self.pick(&[4, 8, 16]), order },
            8 => Datatype::Vlen { base: Box::new(self.datatype(depth - 1)) },
            9 => {
                let dims = vec![1 + self.below(3), 1 + self.below(2)];
                Datatype::Array { base: Box::new(self.datatype(depth - 1)), dims }
            }
            _ => {
                let members = (0..=self.below(3))
                    .map(|index| (format!("m{index}"), self.datatype(depth - 1)))
                    .collect();
                Datatype::packed(members).unwrap()
            }
        }
    }

    fn element(&mut self, datatype: &Datatype) -> Value {
        let some = |random: &mut Self, base: &Datatype, count: u64| {
            Value::Array((0..count).map(|_| random.element(base)).collect())
        };
        match datatype {
            Datatype::Integer { precision, signed, .. } => {
                let bits = precision - u32::from(*signed);
                let limit = if bits == 64 { u64::MAX } else { 1 << bits };
                let value = self.below(limit);
                match i64::try_from(value) {
                    Ok(value) if *signed => json!(-value),
                    _ => json!(value),
                }
            }
            Datatype::Float { .. } => {
                self.pick(&[json!(0.5), json!(-0.0), json!("NaN"), json!("-Infinity")]).clone()
            }
            Datatype::Bool => json!(self.below(2) == 0),
            Datatype::String { .. } => self
                .pick(&[json!(""), json!("é\""), json!("a b"), json!({"base64": "/w=="})])
                .clone(),
            Datatype::Reference { .. } => {
                self.pick(&[json!({"object": "/a"}), json!({"object": null})]).clone()
            }
            Datatype::Enum { .. } => json!(-3),
            Datatype::Complex { .. } => json!([1.5, "Infinity"]),
            Datatype::Vlen { base } => {
                let count = self.below(4);
                some(self, base, count)
            }
            Datatype::Array { base, dims } => {
                Value::Array((0..dims[0]).map(|_| some(self, base, dims[1])).collect())
            }
            Datatype::Compound { members, .. } => {
                Value::Array(members.iter().map(|m| self.element(&m.datatype)).collect())
            }
            other => unreachable!("{other} is not made"),
        }
    }
}

#[test]
fn random_elements_come_back_in_every_form() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for _ in 0..3000 {
        let datatype = random.datatype(3);
        let form = serde_json::to_string(&datatype).unwrap();
        assert_eq!(serde_json::from_str::<Datatype>(&form).unwrap(), datatype);
        let data = Value::Array((0..3).map(|_| random.element(&datatype)).collect());
        let payload = parse(&data.to_string(), &datatype, &[3]).unwrap();
        check(&payload, &datatype, 3).unwrap();
        let text = to_json(&payload, &datatype, &[3]).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), data, "{datatype}");
        // The same elements behind other bytes, and several times.
        let split = Slots::split(&payload, &datatype, 3).unwrap();
        let mut heap = b"before".to_vec();
        let mut elsewhere = moved(&datatype, split.slots, split.heap, &mut heap).unwrap();
        elsewhere.extend(heap);
        assert_eq!(to_json(&elsewhere, &datatype, &[3]).unwrap(), text, "{datatype}");
        let twice = broadcast(payload, &datatype, &[3], &[2, 3]).unwrap();
        let text_twice = to_json(&twice, &datatype, &[2, 3]).unwrap();
        assert_eq!(text_twice, format!("[{text},{text}]"), "{datatype}");
    }
}

#[test]
fn random_bytes_are_elements_or_refused() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..3000 {
        let datatype = random.datatype(3);
        let length = random.below(200);
        let bytes: Vec<u8> = (0..length).map(|_| u8::try_from(random.below(4)).unwrap()).collect();
        if check(&bytes, &datatype, 1).is_ok() {
            // Only what stands in a reference can still be wrong.
            let shown = to_json(&bytes, &datatype, &[]);
            assert!(shown.is_ok() || datatype.has_heap(), "{datatype}: {shown:?}");
        }
        let text: String =
            (0..20).map(|_| *random.pick(&['[', ']', '1', ',', '"', '{', '}'])).collect();
        if let Ok((payload, shape)) = parse_any_shape(&text, &datatype) {
            let count = shape.iter().product();
            check(&payload, &datatype, count).unwrap();
        }
    }
}
