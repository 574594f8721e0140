//! Rust's numbers as HDF5 elements, so that values go in and out as slices and vectors.

use hdf5_async_protocol::model::{ByteOrder, Datatype};

/// A number with an HDF5 datatype of its own.
pub trait Element: Copy {
    /// The little-endian datatype.
    fn datatype() -> Datatype;

    /// Appends the element in little-endian order.
    fn put(self, payload: &mut Vec<u8>);

    /// Reads a slot of this type's size in `order`; `None` for another size.
    fn get(slot: &[u8], order: ByteOrder) -> Option<Self>;

    /// The byte order in which `datatype` holds this type, if it does.
    fn order_in(datatype: &Datatype) -> Option<ByteOrder>;
}

macro_rules! element {
    ($type:ty, $datatype:expr, $pattern:pat => $order:expr) => {
        impl Element for $type {
            fn datatype() -> Datatype {
                $datatype
            }

            fn put(self, payload: &mut Vec<u8>) {
                payload.extend_from_slice(&self.to_le_bytes());
            }

            fn get(slot: &[u8], order: ByteOrder) -> Option<Self> {
                let bytes = slot.try_into().ok()?;
                Some(match order {
                    ByteOrder::Little => Self::from_le_bytes(bytes),
                    ByteOrder::Big => Self::from_be_bytes(bytes),
                })
            }

            fn order_in(datatype: &Datatype) -> Option<ByteOrder> {
                datatype.wire_size()?;
                match datatype {
                    $pattern => Some(*$order),
                    _ => None,
                }
            }
        }
    };
}

macro_rules! integer {
    ($type:ty, $size:literal, $signed:literal) => {
        element!($type, Datatype::integer($size, $signed, ByteOrder::Little),
            Datatype::Integer { size: $size, signed: $signed, order, .. } => order);
    };
}

integer!(i8, 1, true);
integer!(i16, 2, true);
integer!(i32, 4, true);
integer!(i64, 8, true);
integer!(u8, 1, false);
integer!(u16, 2, false);
integer!(u32, 4, false);
integer!(u64, 8, false);
element!(f32, Datatype::float(4, ByteOrder::Little),
    Datatype::Float { size: 4, order, format: None } => order);
element!(f64, Datatype::float(8, ByteOrder::Little),
    Datatype::Float { size: 8, order, format: None } => order);
