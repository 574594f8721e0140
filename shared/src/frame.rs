//! The binary form of a message: 4 bytes little-endian header length, the JSON message, zeros to a multiple
//! of 8 bytes, then the values.

/// Why bytes are not a binary message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    #[error("a binary message of {length} bytes is too short for its header of {header} bytes")]
    Short { length: usize, header: u64 },
    #[error("the header of a binary message is not UTF-8")]
    NotText,
}

/// Where the values start behind a header of `header_bytes` bytes.
pub fn values_offset(header_bytes: usize) -> usize {
    (4 + header_bytes).next_multiple_of(8)
}

/// Header and padding; the values are to follow.
pub fn prefix(header: &str, capacity_for_values: usize) -> Vec<u8> {
    let offset = values_offset(header.len());
    let mut frame = Vec::with_capacity(offset + capacity_for_values);
    let length = u32::try_from(header.len()).unwrap_or(u32::MAX);
    frame.extend_from_slice(&length.to_le_bytes());
    frame.extend_from_slice(header.as_bytes());
    frame.resize(offset, 0);
    frame
}

pub fn encode(header: &str, values: &[u8]) -> Vec<u8> {
    let mut frame = prefix(header, values.len());
    frame.extend_from_slice(values);
    frame
}

/// The header and the values of a binary message.
///
/// # Errors
/// When the message is cut off inside its header, or the header is not text.
pub fn decode(frame: &[u8]) -> Result<(&str, &[u8]), FrameError> {
    let Some((length, rest)) = frame.split_first_chunk::<4>() else {
        return Err(FrameError::Short { length: frame.len(), header: 4 });
    };
    let header_bytes = u32::from_le_bytes(*length);
    let short = FrameError::Short { length: frame.len(), header: u64::from(header_bytes) };
    let header_bytes = usize::try_from(header_bytes).map_err(|_| short.clone())?;
    let header = rest.get(..header_bytes).ok_or(short)?;
    let header = str::from_utf8(header).map_err(|_| FrameError::NotText)?;
    let values = frame.get(values_offset(header_bytes)..).unwrap_or(&[]);
    Ok((header, values))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_start_on_a_multiple_of_eight() {
        for header in ["", "{}", "{\"a\":1}", "0123456789"] {
            let frame = encode(header, &[1, 2, 3]);
            assert_eq!((frame.len() - 3) % 8, 0);
            assert_eq!(decode(&frame), Ok((header, &[1_u8, 2, 3][..])));
        }
    }

    #[test]
    fn cut_off_and_nonsense_are_errors() {
        assert_eq!(decode(&[1, 2]), Err(FrameError::Short { length: 2, header: 4 }));
        assert_eq!(decode(&[255; 12]), Err(FrameError::Short { length: 12, header: 0xffff_ffff }));
        assert_eq!(decode(&[2, 0, 0, 0, 0xff, 0xfe]), Err(FrameError::NotText));
        assert_eq!(decode(&[2, 0, 0, 0, b'{', b'}']), Ok(("{}", &[][..])));
    }
}
