//! Integers of any width between their bytes and a number.
//!
//! In a payload an integer fills its bytes; how many bits of them a file uses, and from which on, is the
//! file's matter ([`from_bits`], [`to_bits`]).

use crate::model::ByteOrder;

/// The widest integers that are numbers here; wider ones are bytes.
pub const MAX_BYTES: usize = 8;

/// The number in `bytes`, of which there are at most 16.
pub fn decode(bytes: &[u8], signed: bool, order: ByteOrder) -> i128 {
    let bits = load(bytes, order);
    let unused = 128 - 8 * bytes.len().clamp(1, 16);
    if signed {
        // Shifting up and back extends the sign from the stored width.
        return (bits << unused).cast_signed() >> unused;
    }
    bits.cast_signed()
}

/// The bytes as one number, the first the least significant in little-endian order.
pub(super) fn load(bytes: &[u8], order: ByteOrder) -> u128 {
    let mut wide = [0_u8; 16];
    for (index, byte) in bytes.iter().take(16).enumerate() {
        let place =
            if order == ByteOrder::Little { index } else { bytes.len().min(16) - 1 - index };
        wide[place] = *byte;
    }
    u128::from_le_bytes(wide)
}

/// Appends the low `size` bytes, of at most 16.
pub fn push_bits(out: &mut Vec<u8>, bits: u128, size: usize, order: ByteOrder) {
    let little = bits.to_le_bytes();
    let low = &little[..size.min(16)];
    match order {
        ByteOrder::Little => out.extend_from_slice(low),
        ByteOrder::Big => out.extend(low.iter().rev()),
    }
}

/// Whether `value` fits into `precision` bits.
pub fn fits(value: i128, signed: bool, precision: u32) -> bool {
    let bits = precision.min(126);
    let (min, max) = if signed {
        (-(1_i128 << bits.saturating_sub(1)), (1_i128 << bits.saturating_sub(1)) - 1)
    } else {
        (0, (1_i128 << bits) - 1)
    };
    (min..=max).contains(&value)
}

/// The number that a file has in `precision` bits from bit `bit_offset` on of `bytes`, at most 16.
pub fn from_bits(
    bytes: &[u8],
    signed: bool,
    order: ByteOrder,
    precision: u32,
    bit_offset: u32,
) -> i128 {
    let bits = load(bytes, order).checked_shr(bit_offset).unwrap_or(0);
    let unused = 128 - precision.clamp(1, 128);
    let top = bits << unused;
    if signed { top.cast_signed() >> unused } else { (top >> unused).cast_signed() }
}

/// The bits of `bytes` that [`from_bits`] reads `value` from; the others are zero.
pub fn to_bits(value: i128, precision: u32, bit_offset: u32) -> u128 {
    let mask = u128::MAX >> (128 - precision.clamp(1, 128));
    (value.cast_unsigned() & mask).checked_shl(bit_offset).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_width_come_back() {
        for order in [ByteOrder::Little, ByteOrder::Big] {
            for size in 1..=8_u32 {
                for value in [0, 1, -1, 127, -128, 1 << 20, i64::MIN.into(), u64::MAX.into()] {
                    let signed = value < 0;
                    if !fits(value, signed, size * 8) {
                        continue;
                    }
                    let mut bytes = Vec::new();
                    push_bits(&mut bytes, value.cast_unsigned(), size as usize, order);
                    assert_eq!(decode(&bytes, signed, order), value, "{size} {value}");
                }
            }
        }
    }

    #[test]
    fn odd_precisions_are_taken_from_their_bits() {
        let bits = to_bits(-5, 17, 3);
        assert_eq!(bits, (0x1_fffb) << 3);
        let mut bytes = Vec::new();
        push_bits(&mut bytes, bits | 0b101 | (1 << 31), 4, ByteOrder::Big);
        assert_eq!(from_bits(&bytes, true, ByteOrder::Big, 17, 3), -5);
        assert_eq!(from_bits(&bytes, false, ByteOrder::Big, 17, 3), 0x1_fffb);
        assert!(fits(65535, true, 17) && !fits(65536, true, 17));
        assert!(fits(-65536, true, 17) && !fits(-1, false, 17));
    }
}
