//! Elements turned into planes of bytes or bits, which compress better, and back.

/// Byte `b` of all elements, for each `b`; what is left behind the last whole element is copied.
pub(super) fn shuffle(bytes: &[u8], element: usize) -> Vec<u8> {
    let count = bytes.len() / element.max(1);
    if element < 2 || count < 2 {
        return bytes.to_vec();
    }
    let mut shuffled = Vec::with_capacity(bytes.len());
    for byte in 0..element {
        shuffled.extend((0..count).map(|index| bytes[index * element + byte]));
    }
    shuffled.extend_from_slice(&bytes[count * element..]);
    shuffled
}

pub(super) fn unshuffle(bytes: &[u8], element: usize) -> Vec<u8> {
    let count = bytes.len() / element.max(1);
    if element < 2 || count < 2 {
        return bytes.to_vec();
    }
    let mut elements = bytes.to_vec();
    for (byte, plane) in bytes.chunks_exact(count).take(element).enumerate() {
        for (index, value) in plane.iter().enumerate() {
            elements[index * element + byte] = *value;
        }
    }
    elements
}

/// Bit `k` of byte `b` of all elements, for each `b` and `k`. Needs a multiple of 8 elements.
pub(super) fn bit_shuffle(bytes: &[u8], element: usize, shuffled: &mut [u8]) {
    let row = bytes.len() / element / 8;
    for byte in 0..element {
        for group in 0..row {
            let mut eight = [0; 8];
            for (index, value) in eight.iter_mut().enumerate() {
                *value = bytes[(group * 8 + index) * element + byte];
            }
            for (bit, value) in transposed(eight).into_iter().enumerate() {
                shuffled[(byte * 8 + bit) * row + group] = value;
            }
        }
    }
}

pub(super) fn bit_unshuffle(shuffled: &[u8], element: usize, bytes: &mut [u8]) {
    let row = bytes.len() / element / 8;
    for byte in 0..element {
        for group in 0..row {
            let mut eight = [0; 8];
            for (bit, value) in eight.iter_mut().enumerate() {
                *value = shuffled[(byte * 8 + bit) * row + group];
            }
            for (index, value) in transposed(eight).into_iter().enumerate() {
                bytes[(group * 8 + index) * element + byte] = value;
            }
        }
    }
}

/// An 8 by 8 matrix of bits, its rows the bytes, mirrored at the diagonal.
fn transposed(rows: [u8; 8]) -> [u8; 8] {
    let mut bits = u64::from_le_bytes(rows);
    for (distance, mask) in
        [(7, 0x00aa_00aa_00aa_00aa), (14, 0x0000_cccc_0000_cccc), (28, 0x0000_0000_f0f0_f0f0)]
    {
        let swapped = (bits ^ (bits >> distance)) & mask;
        bits = bits ^ swapped ^ (swapped << distance);
    }
    bits.to_le_bytes()
}
