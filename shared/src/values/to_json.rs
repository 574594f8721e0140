//! Elements as JSON text, block by block, so that a long answer is never encoded in one go.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::integer;
use super::{Slots, ValueError, float, heap_bytes, n_elements, wire_members};
use crate::model::{ByteOrder, Datatype, Padding, Reference, ReferenceKind};

/// Nested lists under construction: takes elements in C order, in as many pushes as the caller likes.
#[derive(Debug)]
pub struct JsonArray<'a> {
    datatype: &'a Datatype,
    shape: Vec<u64>,
    total: u64,
    written: u64,
    text: String,
}

impl<'a> JsonArray<'a> {
    /// # Errors
    /// When the shape has more elements than can be counted, or empty lists without end.
    pub fn new(datatype: &'a Datatype, shape: &[u64]) -> Result<Self, ValueError> {
        const MAX_EMPTY_LISTS: u64 = 1 << 20;
        let total = n_elements(shape)?;
        let mut array =
            Self { datatype, shape: shape.to_vec(), total, written: 0, text: String::new() };
        if total == 0 && !shape.is_empty() {
            let outer = shape.iter().take_while(|&&dim| dim > 0).copied().collect::<Vec<_>>();
            if n_elements(&outer)? > MAX_EMPTY_LISTS {
                return Err(ValueError::TooMany { elements: format!("{shape:?} empty lists") });
            }
            array.push_empty(0);
        }
        Ok(array)
    }

    fn push_empty(&mut self, axis: usize) {
        self.text.push('[');
        for position in 0..self.shape.get(axis).copied().unwrap_or(0) {
            if position > 0 {
                self.text.push(',');
            }
            self.push_empty(axis + 1);
        }
        self.text.push(']');
    }

    /// Appends the next `count` elements.
    ///
    /// # Errors
    /// When the payload does not hold them, or there are more than the shape has room for.
    pub fn push(&mut self, payload: &[u8], count: u64) -> Result<(), ValueError> {
        if count > self.total - self.written {
            return Err(ValueError::Length { expected: self.total - self.written, actual: count });
        }
        let split = Slots::split(payload, self.datatype, count)?;
        for slot in split.each() {
            self.open_lists();
            push_element(&mut self.text, self.datatype, slot, split.heap)?;
            self.written += 1;
            self.close_lists();
        }
        Ok(())
    }

    fn open_lists(&mut self) {
        if self.written > 0 {
            self.text.push(',');
        }
        let mut row = 1;
        for &dim in self.shape.iter().rev() {
            row *= dim;
            if !self.written.is_multiple_of(row) {
                return;
            }
            self.text.push('[');
        }
    }

    fn close_lists(&mut self) {
        let mut row = 1;
        for &dim in self.shape.iter().rev() {
            row *= dim;
            if !self.written.is_multiple_of(row) {
                return;
            }
            self.text.push(']');
        }
    }

    /// Bytes of text so far.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// # Errors
    /// When elements are missing.
    pub fn finish(self) -> Result<String, ValueError> {
        if self.written != self.total {
            return Err(ValueError::Length { expected: self.total, actual: self.written });
        }
        Ok(self.text)
    }
}

/// The elements of `payload` as JSON text of shape `shape`.
///
/// # Errors
/// When the payload does not hold exactly them.
pub fn to_json(payload: &[u8], datatype: &Datatype, shape: &[u64]) -> Result<String, ValueError> {
    let mut array = JsonArray::new(datatype, shape)?;
    array.push(payload, n_elements(shape)?)?;
    array.finish()
}

/// One element as JSON.
///
/// # Errors
/// When the slot is no element of `datatype`, or points outside the heap.
pub fn element_json(datatype: &Datatype, slot: &[u8], heap: &[u8]) -> Result<String, ValueError> {
    let mut text = String::new();
    push_element(&mut text, datatype, slot, heap)?;
    Ok(text)
}

fn push_element(
    text: &mut String,
    datatype: &Datatype,
    slot: &[u8],
    heap: &[u8],
) -> Result<(), ValueError> {
    match datatype {
        Datatype::Integer { size, signed, order, .. } => {
            push_integer(text, slot, *size, *signed, *order);
        }
        Datatype::Bitfield { size, order, .. } => push_integer(text, slot, *size, false, *order),
        Datatype::Time { size, order } => push_integer(text, slot, *size, true, *order),
        Datatype::Float { order, format: None, .. } => push_float(text, slot, *order),
        Datatype::Float { order, format: Some(format), .. } => {
            match float::decode(slot, *order, format).and_then(float::Real::to_f64) {
                Some(value) if value.is_nan() || float::is_usual(slot, *order, format) => {
                    push_number(text, value, &serde_json::to_string(&value));
                }
                _ => push_base64(text, slot),
            }
        }
        Datatype::Bool => text.push_str(if slot.first() == Some(&0) { "false" } else { "true" }),
        Datatype::Enum { base, .. } => return push_element(text, base, slot, heap),
        Datatype::Complex { size, order } => {
            let part = Datatype::float(size / 2, *order);
            return push_list(text, &part, slot, heap);
        }
        Datatype::NativeComplex { base } => return push_list(text, base, slot, heap),
        Datatype::String { length: Some(_), padding, .. } => {
            push_string(text, unpadded(slot, *padding));
        }
        Datatype::String { length: None, .. } => push_string(text, heap_bytes(slot, heap)?),
        Datatype::Opaque { .. } => push_base64(text, slot),
        Datatype::Reference { kind } => push_reference(text, heap_bytes(slot, heap)?, *kind)?,
        Datatype::Vlen { base } => return push_list(text, base, heap_bytes(slot, heap)?, heap),
        Datatype::Array { base, dims } => return push_array(text, base, dims, slot, heap),
        Datatype::Compound { members, .. } => {
            text.push('[');
            for (index, (offset, size, member)) in wire_members(members).enumerate() {
                if index > 0 {
                    text.push(',');
                }
                let part = slot.get(offset..offset + size).ok_or(ValueError::Heap)?;
                push_element(text, &member.datatype, part, heap)?;
            }
            text.push(']');
        }
    }
    Ok(())
}

fn push_list(
    text: &mut String,
    base: &Datatype,
    slots: &[u8],
    heap: &[u8],
) -> Result<(), ValueError> {
    let size = super::payload::slot_bytes(base)?;
    text.push('[');
    for (index, slot) in slots.chunks_exact(size).enumerate() {
        if index > 0 {
            text.push(',');
        }
        push_element(text, base, slot, heap)?;
    }
    text.push(']');
    Ok(())
}

fn push_array(
    text: &mut String,
    base: &Datatype,
    dims: &[u64],
    slots: &[u8],
    heap: &[u8],
) -> Result<(), ValueError> {
    let Some((&length, rest @ [_, ..])) = dims.split_first() else {
        return push_list(text, base, slots, heap);
    };
    let part = slots.len() / usize::try_from(length.max(1)).unwrap_or(usize::MAX);
    text.push('[');
    for (index, inner) in slots.chunks_exact(part.max(1)).enumerate() {
        if index > 0 {
            text.push(',');
        }
        push_array(text, base, rest, inner, heap)?;
    }
    text.push(']');
    Ok(())
}

fn push_reference(text: &mut String, bytes: &[u8], kind: ReferenceKind) -> Result<(), ValueError> {
    let reference = Reference::from_heap(bytes, kind).ok_or(ValueError::Reference)?;
    let json = serde_json::to_string(&reference);
    text.push_str(&json.map_err(|error| ValueError::Json(error.to_string()))?);
    Ok(())
}

/// The content of a fixed-length string without what fills it up.
pub fn unpadded(bytes: &[u8], padding: Padding) -> &[u8] {
    let end = match padding {
        Padding::NullTerminated => bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len()),
        Padding::NullPadded => bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1),
        Padding::SpacePadded => {
            bytes.iter().rposition(|&byte| byte != b' ').map_or(0, |last| last + 1)
        }
    };
    &bytes[..end]
}

fn push_integer(text: &mut String, bytes: &[u8], size: u32, signed: bool, order: ByteOrder) {
    if size as usize > integer::MAX_BYTES {
        return push_base64(text, bytes);
    }
    let value = integer::decode(bytes, signed, order);
    let result = match i64::try_from(value) {
        Ok(value) => write!(text, "{value}"),
        Err(_) => write!(text, "{value}"),
    };
    debug_assert!(result.is_ok(), "writing to a String does not fail");
}

fn push_float(text: &mut String, bytes: &[u8], order: ByteOrder) {
    match bytes {
        [a, b] => {
            let half = if order == ByteOrder::Little { [*a, *b] } else { [*b, *a] };
            push_f32(text, half::f16::from_le_bytes(half).to_f32());
        }
        [a, b, c, d] => {
            let bytes = [*a, *b, *c, *d];
            let ordered = if order == ByteOrder::Little {
                f32::from_le_bytes(bytes)
            } else {
                f32::from_be_bytes(bytes)
            };
            push_f32(text, ordered);
        }
        _ => {
            let bytes = bytes.first_chunk::<8>().copied().unwrap_or_default();
            let value = if order == ByteOrder::Little {
                f64::from_le_bytes(bytes)
            } else {
                f64::from_be_bytes(bytes)
            };
            push_number(text, value, &serde_json::to_string(&value));
        }
    }
}

/// The shortest text that gives the same 32 bits back.
fn push_f32(text: &mut String, value: f32) {
    push_number(text, f64::from(value), &serde_json::to_string(&value));
}

fn push_number(text: &mut String, value: f64, finite: &Result<String, serde_json::Error>) {
    if value.is_nan() {
        text.push_str("\"NaN\"");
    } else if value.is_infinite() {
        text.push_str(if value > 0.0 { "\"Infinity\"" } else { "\"-Infinity\"" });
    } else {
        text.push_str(finite.as_deref().unwrap_or("0"));
    }
}

fn push_string(text: &mut String, bytes: &[u8]) {
    if let Ok(content) = str::from_utf8(bytes) {
        text.push_str(&serde_json::Value::from(content).to_string());
        return;
    }
    push_base64(text, bytes);
}

fn push_base64(text: &mut String, bytes: &[u8]) {
    text.push_str("{\"base64\":\"");
    BASE64.encode_string(bytes, text);
    text.push_str("\"}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Charset, Datatype};
    use crate::values::HeapWriter;

    fn json(datatype: &str, bytes: &[u8], shape: &[u64]) -> String {
        to_json(bytes, &datatype.parse().unwrap(), shape).unwrap()
    }

    #[test]
    fn lists_follow_the_shape() {
        assert_eq!(json("|u1", &[1], &[]), "1");
        assert_eq!(json("|u1", &[1, 2, 3, 4, 5, 6], &[2, 3]), "[[1,2,3],[4,5,6]]");
        assert_eq!(json("|u1", &[1, 2], &[2, 1, 1]), "[[[1]],[[2]]]");
        assert_eq!(json("|u1", &[], &[0]), "[]");
        assert_eq!(json("|u1", &[], &[2, 0, 3]), "[[],[]]");
    }

    #[test]
    fn numbers_are_exact() {
        assert_eq!(json("<u8", &u64::MAX.to_le_bytes(), &[]), "18446744073709551615");
        assert_eq!(json(">i8", &i64::MIN.to_be_bytes(), &[]), "-9223372036854775808");
        assert_eq!(json("|i1", &[0xff], &[]), "-1");
        assert_eq!(json(">i2", &[0xff, 0xfe], &[]), "-2");
        assert_eq!(json("<f4", &0.1_f32.to_le_bytes(), &[]), "0.1");
        assert_eq!(json(">f8", &0.1_f64.to_be_bytes(), &[]), "0.1");
        assert_eq!(json("<f2", &[0x00, 0x3c], &[]), "1.0");
        assert_eq!(json("|b1", &[0, 1], &[2]), "[false,true]");
        assert_eq!(json("<f8", &f64::NAN.to_le_bytes(), &[]), "\"NaN\"");
        assert_eq!(json("<f4", &f32::NEG_INFINITY.to_le_bytes(), &[]), "\"-Infinity\"");
    }

    #[test]
    fn strings_lose_their_padding_and_keep_their_bytes() {
        assert_eq!(json("|S4", b"ab\0\0a\0b\0", &[2]), "[\"ab\",\"a\\u0000b\"]");
        assert_eq!(json("|S2", &[0xff, 0], &[]), "{\"base64\":\"/w==\"}");
        let spaces = Datatype::String {
            length: Some(4),
            charset: Charset::Ascii,
            padding: Padding::SpacePadded,
        };
        assert_eq!(to_json(b" a  ", &spaces, &[]).unwrap(), "\" a\"");
        let mut heap = HeapWriter::default();
        heap.push("é\"".as_bytes());
        assert_eq!(
            to_json(&heap.finish(), &Datatype::variable_string(), &[]).unwrap(),
            "\"é\\\"\""
        );
    }

    #[test]
    fn pushes_in_pieces_give_the_same_text() {
        let datatype: Datatype = "|u1".parse().unwrap();
        let mut array = JsonArray::new(&datatype, &[2, 3]).unwrap();
        array.push(&[1, 2], 2).unwrap();
        array.push(&[3, 4, 5, 6], 4).unwrap();
        assert!(array.push(&[7], 1).is_err());
        assert_eq!(array.finish().unwrap(), "[[1,2,3],[4,5,6]]");
        assert!(JsonArray::new(&datatype, &[1 << 60, 0]).is_err());
        assert!(JsonArray::new(&datatype, &[3]).unwrap().finish().is_err());
    }
}
