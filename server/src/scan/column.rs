//! The numbers of a payload in one of three widest types, so that arithmetic is written three times and not eleven.

use hdf5_async_protocol::model::{ByteOrder, Datatype};

/// Numbers in C order; none has lost anything.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    Signed(Vec<i64>),
    Unsigned(Vec<u64>),
    Real(Vec<f64>),
}

/// How the slots of a payload are numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numeric {
    class: Class,
    /// Bytes of a slot: 1, 2, 4 or 8.
    size: u32,
    order: ByteOrder,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Signed,
    Unsigned,
    Real,
}

impl Numeric {
    /// `None` for what is not an integer or IEEE float of whole bytes, or a bool, which counts as 0 and 1.
    pub fn of(datatype: &Datatype) -> Option<Self> {
        let (class, size, order) = match datatype {
            Datatype::Bool => (Class::Unsigned, 1, ByteOrder::Little),
            Datatype::Integer { size: size @ (1 | 2 | 4 | 8), signed, order, .. }
                if *datatype == Datatype::integer(*size, *signed, *order) =>
            {
                (if *signed { Class::Signed } else { Class::Unsigned }, *size, *order)
            }
            Datatype::Float { size: size @ (2 | 4 | 8), order, .. }
                if *datatype == Datatype::float(*size, *order) =>
            {
                (Class::Real, *size, *order)
            }
            _ => return None,
        };
        Some(Self { class, size, order })
    }

    /// Whether the numbers are floats.
    pub fn is_real(self) -> bool {
        self.class == Class::Real
    }

    /// The numbers of `payload`; bytes behind the last whole slot are left out.
    pub fn column(self, payload: &[u8]) -> Column {
        match (self.class, self.size) {
            (Class::Signed, 1) => {
                Column::Signed(self.slots(payload, |s| i8::from_le_bytes(s).into()))
            }
            (Class::Signed, 2) => {
                Column::Signed(self.slots(payload, |s| i16::from_le_bytes(s).into()))
            }
            (Class::Signed, 4) => {
                Column::Signed(self.slots(payload, |s| i32::from_le_bytes(s).into()))
            }
            (Class::Signed, _) => Column::Signed(self.slots(payload, i64::from_le_bytes)),
            (Class::Unsigned, 1) => {
                Column::Unsigned(self.slots(payload, |s| u8::from_le_bytes(s).into()))
            }
            (Class::Unsigned, 2) => {
                Column::Unsigned(self.slots(payload, |s| u16::from_le_bytes(s).into()))
            }
            (Class::Unsigned, 4) => {
                Column::Unsigned(self.slots(payload, |s| u32::from_le_bytes(s).into()))
            }
            (Class::Unsigned, _) => Column::Unsigned(self.slots(payload, u64::from_le_bytes)),
            (Class::Real, 2) => {
                Column::Real(self.slots(payload, |s| half::f16::from_le_bytes(s).to_f64()))
            }
            (Class::Real, 4) => Column::Real(self.slots(payload, |s| f32::from_le_bytes(s).into())),
            (Class::Real, _) => Column::Real(self.slots(payload, f64::from_le_bytes)),
        }
    }

    fn slots<const N: usize, T>(self, payload: &[u8], number: impl Fn([u8; N]) -> T) -> Vec<T> {
        let (slots, _) = payload.as_chunks::<N>();
        match self.order {
            ByteOrder::Little => slots.iter().map(|slot| number(*slot)).collect(),
            ByteOrder::Big => slots
                .iter()
                .map(|slot| {
                    let mut slot = *slot;
                    slot.reverse();
                    number(slot)
                })
                .collect(),
        }
    }
}

impl Column {
    pub fn len(&self) -> usize {
        match self {
            Self::Signed(numbers) => numbers.len(),
            Self::Unsigned(numbers) => numbers.len(),
            Self::Real(numbers) => numbers.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(datatype: &str, payload: &[u8]) -> Column {
        let datatype: Datatype = serde_json::from_value(datatype.into()).unwrap();
        Numeric::of(&datatype).unwrap().column(payload)
    }

    #[test]
    fn every_size_and_byte_order_is_read() {
        assert_eq!(column("|i1", &[0xff, 1]), Column::Signed(vec![-1, 1]));
        assert_eq!(column("<i2", &[0, 0x80]), Column::Signed(vec![-32768]));
        assert_eq!(column(">i4", &[0x80, 0, 0, 1]), Column::Signed(vec![-0x7fff_ffff]));
        assert_eq!(column("<i8", &i64::MIN.to_le_bytes()), Column::Signed(vec![i64::MIN]));
        assert_eq!(column("|u1", &[255]), Column::Unsigned(vec![255]));
        assert_eq!(column(">u2", &[1, 2]), Column::Unsigned(vec![258]));
        assert_eq!(column("<u4", &[1, 0, 0, 0]), Column::Unsigned(vec![1]));
        assert_eq!(column(">u8", &u64::MAX.to_be_bytes()), Column::Unsigned(vec![u64::MAX]));
        assert_eq!(column("|b1", &[0, 1]), Column::Unsigned(vec![0, 1]));
        assert_eq!(column("<f2", &[0, 0x3c]), Column::Real(vec![1.0]));
        assert_eq!(column(">f4", &1.5_f32.to_be_bytes()), Column::Real(vec![1.5]));
        assert_eq!(column("<f8", &(-2.25_f64).to_le_bytes()), Column::Real(vec![-2.25]));
    }

    #[test]
    fn what_is_no_number_has_no_column() {
        assert_eq!(Numeric::of(&Datatype::variable_string()), None);
        let odd: Datatype = serde_json::from_value(serde_json::json!(
            {"class": "integer", "size": 4, "signed": true, "order": "<", "precision": 17, "bit_offset": 0}
        ))
        .unwrap();
        assert_eq!(Numeric::of(&odd), None);
    }
}
