//! The elements that a read brought: a datatype, a shape, and the payload as it came over the wire.

use hdf5_async_protocol::model::{ByteOrder, Datatype};
use hdf5_async_protocol::values::to_json::{element_json, unpadded};
use hdf5_async_protocol::values::{heap_bytes, integer};

/// Elements in C order; `payload` is a values payload of the protocol (slots, then the heap).
#[derive(Clone, Debug, PartialEq)]
pub struct Slab {
    pub datatype: Datatype,
    pub shape: Vec<u64>,
    pub payload: Vec<u8>,
}

impl Slab {
    pub fn len(&self) -> usize {
        let elements: u64 = self.shape.iter().product();
        usize::try_from(elements).unwrap_or(usize::MAX)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The slot of element `index`, and the heap that it may point into.
    fn slot_at(&self, index: usize) -> Option<(&[u8], &[u8])> {
        let size = self.datatype.wire_size()?;
        let (slots, heap) = self.payload.split_at_checked(self.len().checked_mul(size)?)?;
        Some((slots.get(index.checked_mul(size)?..)?.get(..size)?, heap))
    }

    /// The bytes of element `index`: its slot, or for variable length what its slot points to.
    pub fn bytes_at(&self, index: usize) -> Option<&[u8]> {
        if !self.datatype.has_heap() {
            let size = self.datatype.wire_size()?;
            return self.payload.get(index.checked_mul(size)?..)?.get(..size);
        }
        let (slot, heap) = self.slot_at(index)?;
        if self.datatype.is_variable_length() { heap_bytes(slot, heap).ok() } else { Some(slot) }
    }

    /// Element `index` as a number for plots; NaN for what is no number. Large integers are rounded.
    #[expect(clippy::cast_precision_loss, reason = "a plot shows fewer digits than a double has")]
    pub fn f64_at(&self, index: usize) -> f64 {
        let Some(bytes) = self.bytes_at(index) else { return f64::NAN };
        match &self.datatype {
            Datatype::Integer { signed, order, .. } => {
                let wide = widened(bytes, *order);
                if *signed { sign_extended(wide, bytes.len()) as f64 } else { wide as f64 }
            }
            Datatype::Float { order, format: None, .. } => float(bytes, *order),
            Datatype::Bool => f64::from(u8::from(bytes.first() != Some(&0))),
            _ => f64::NAN,
        }
    }

    /// All elements as numbers.
    pub fn to_f64(&self) -> Vec<f64> {
        (0..self.len()).map(|index| self.f64_at(index)).collect()
    }

    /// Element `index` exactly as text: 64-bit integers with every digit, floats in the shortest form that reads
    /// back as the same bits, strings as they are, names of an enumeration, everything else as JSON.
    pub fn text_at(&self, index: usize) -> String {
        let Some(bytes) = self.bytes_at(index) else { return String::new() };
        match &self.datatype {
            Datatype::Integer { size: 1..=8, signed, order, .. } => {
                let wide = widened(bytes, *order);
                if *signed {
                    sign_extended(wide, bytes.len()).to_string()
                } else {
                    wide.to_string()
                }
            }
            Datatype::Float { size, order, format: None } => {
                float_text(float(bytes, *order), *size)
            }
            Datatype::Bool => (bytes.first() != Some(&0)).to_string(),
            Datatype::String { length, padding, .. } => {
                let content = if length.is_some() { unpadded(bytes, *padding) } else { bytes };
                String::from_utf8_lossy(content).into_owned()
            }
            Datatype::Enum { .. } => self.name_at(bytes).unwrap_or_else(|| self.json_at(index)),
            _ => self.json_at(index),
        }
    }

    /// The name that the enumeration has for an element.
    fn name_at(&self, bytes: &[u8]) -> Option<String> {
        let Datatype::Enum { base, members } = &self.datatype else { return None };
        let Datatype::Integer { signed, order, .. } = **base else { return None };
        let value = integer::decode(bytes, signed, order);
        let named = members.iter().find(|member| member.value.number() == value)?;
        Some(named.name.clone())
    }

    fn json_at(&self, index: usize) -> String {
        let Some((slot, heap)) = self.slot_at(index) else { return String::new() };
        element_json(&self.datatype, slot, heap).unwrap_or_else(|error| error.to_string())
    }
}

fn widened(bytes: &[u8], order: ByteOrder) -> u64 {
    let mut wide = [0_u8; 8];
    for (position, byte) in wide.iter_mut().take(bytes.len()).enumerate() {
        let from = if order == ByteOrder::Little { position } else { bytes.len() - 1 - position };
        *byte = bytes[from];
    }
    u64::from_le_bytes(wide)
}

fn sign_extended(wide: u64, size: usize) -> i64 {
    let unused_bits = 64 - 8 * size.clamp(1, 8);
    (wide << unused_bits).cast_signed() >> unused_bits
}

fn float(bytes: &[u8], order: ByteOrder) -> f64 {
    let wide = widened(bytes, order).to_le_bytes();
    match bytes.len() {
        2 => half::f16::from_le_bytes([wide[0], wide[1]]).to_f64(),
        4 => f64::from(f32::from_le_bytes([wide[0], wide[1], wide[2], wide[3]])),
        _ => f64::from_le_bytes(wide),
    }
}

/// Very large and very small magnitudes in exponent form, as people write them.
#[expect(clippy::cast_possible_truncation, reason = "these values were f32 or f16 before")]
fn float_text(value: f64, size: u32) -> String {
    let magnitude = value.abs();
    let exponent = magnitude != 0.0 && magnitude.is_finite() && !(1e-5..1e16).contains(&magnitude);
    match (size, exponent) {
        (8, false) => value.to_string(),
        (8, true) => format!("{value:e}"),
        // An f16 or f32 widened to f64 would show digits that were never stored.
        (_, false) => (value as f32).to_string(),
        (_, true) => format!("{:e}", value as f32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hdf5_async_protocol::values::HeapWriter;

    fn slab(datatype: &str, shape: &[u64], payload: &[u8]) -> Slab {
        let datatype = datatype.parse().unwrap();
        Slab { datatype, shape: shape.to_vec(), payload: payload.to_vec() }
    }

    #[test]
    fn numbers_are_exact_in_both_byte_orders() {
        assert_eq!(slab("<u8", &[1], &u64::MAX.to_le_bytes()).text_at(0), "18446744073709551615");
        assert_eq!(slab(">i8", &[1], &i64::MIN.to_be_bytes()).text_at(0), "-9223372036854775808");
        assert_eq!(slab(">i2", &[2], &[0xff, 0xfe, 0, 3]).to_f64(), vec![-2.0, 3.0]);
        assert_eq!(slab("<f4", &[1], &0.1_f32.to_le_bytes()).text_at(0), "0.1");
        assert_eq!(slab(">f8", &[1], &1.5e300_f64.to_be_bytes()).text_at(0), "1.5e300");
        assert_eq!(slab("<f2", &[1], &[0, 0x3c]).to_f64(), vec![1.0]);
        assert_eq!(slab("|b1", &[2], &[0, 1]).text_at(1), "true");
    }

    #[test]
    fn strings_of_both_kinds_read_back() {
        assert_eq!(slab("|S4", &[2], b"ab\0\0abcd").text_at(0), "ab");
        let mut heap = HeapWriter::default();
        heap.push(b"one");
        heap.push("zwölf".as_bytes());
        assert_eq!(slab("string", &[2], &heap.finish()).text_at(1), "zwölf");
    }

    #[test]
    fn other_elements_are_their_json_and_names_of_enumerations_themselves() {
        let datatype: Datatype = serde_json::from_str(
            r#"{"class": "enum", "base": "|i1", "members": [{"name": "OFF", "value": -1}]}"#,
        )
        .unwrap();
        let enumeration = Slab { datatype, shape: vec![2], payload: vec![0xff, 3] };
        assert_eq!([0, 1].map(|index| enumeration.text_at(index)), ["OFF", "3"]);
        let datatype: Datatype = serde_json::from_str(
            r#"{"class": "compound", "size": 9, "members": [
                {"name": "s", "offset": 0, "datatype": {"class": "string", "length": null,
                    "charset": "utf-8", "padding": "null_terminated"}},
                {"name": "n", "offset": 8, "datatype": "|u1"}]}"#,
        )
        .unwrap();
        let payload =
            hdf5_async_protocol::values::parse(r#"[["a", 1], ["bc", 2]]"#, &datatype, &[2])
                .unwrap();
        let compound = Slab { datatype, shape: vec![2], payload };
        assert_eq!(compound.text_at(1), r#"["bc",2]"#);
        assert_eq!(compound.text_at(2), "");
    }

    #[test]
    fn what_is_not_there_is_empty_and_not_a_number() {
        let short = slab("<f8", &[2], &[0; 8]);
        assert_eq!(short.text_at(1), "");
        assert!(short.f64_at(1).is_nan());
        assert!(short.f64_at(usize::MAX).is_nan());
    }
}
