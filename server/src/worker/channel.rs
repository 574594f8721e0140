//! Frames between front and worker: 4 bytes little-endian length, then a binary message of the protocol.

use std::io::{IoSlice, Read, Write as _};
use std::os::unix::net::UnixStream;

use hdf5_async_protocol::frame::{self, FrameError};
use serde::{Serialize, de::DeserializeOwned};

/// Bytes; above every limit on messages and blocks, so that only a broken peer exceeds it.
pub const MAX_FRAME_BYTES: usize = 1 << 30;

#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    #[error("the connection between front and worker broke: {0}")]
    Io(#[source] std::io::Error),
    #[error("a frame of {length} bytes is larger than {MAX_FRAME_BYTES}")]
    TooLarge { length: usize },
    #[error("a frame cannot be read: {0}")]
    Frame(#[from] FrameError),
    #[error("a frame's header cannot be read or written: {0}")]
    Header(#[from] serde_json::Error),
}

/// Writes one frame; blocks while the other side is busy.
pub fn write_frame<H: Serialize>(
    mut socket: &UnixStream,
    header: &H,
    payload: &[u8],
) -> Result<(), ChannelError> {
    let prefix = prefix_of(header, payload)?;
    let written = socket
        .write_vectored(&[IoSlice::new(&prefix), IoSlice::new(payload)])
        .map_err(ChannelError::Io)?;
    // The rest after a short write, which large payloads meet.
    let in_prefix = written.min(prefix.len());
    socket.write_all(&prefix[in_prefix..]).map_err(ChannelError::Io)?;
    socket.write_all(&payload[written - in_prefix..]).map_err(ChannelError::Io)
}

/// The bytes of a frame before its payload.
pub fn prefix_of<H: Serialize>(header: &H, payload: &[u8]) -> Result<Vec<u8>, ChannelError> {
    let header = serde_json::to_string(header)?;
    let message = frame::prefix(&header, 0);
    let length = message.len() + payload.len();
    let length = u32::try_from(length)
        .ok()
        .filter(|length| (*length as usize) <= MAX_FRAME_BYTES)
        .ok_or(ChannelError::TooLarge { length })?;
    let mut prefix = length.to_le_bytes().to_vec();
    prefix.extend_from_slice(&message);
    Ok(prefix)
}

/// Reads one frame.
pub fn read_frame<H: DeserializeOwned>(
    reader: &mut impl Read,
) -> Result<(H, Vec<u8>), ChannelError> {
    let mut length = [0_u8; 4];
    reader.read_exact(&mut length).map_err(ChannelError::Io)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_FRAME_BYTES {
        return Err(ChannelError::TooLarge { length });
    }
    let mut message = vec![0; length];
    reader.read_exact(&mut message).map_err(ChannelError::Io)?;
    split(message)
}

/// The header of a message and its values; the buffer is kept for the values.
pub fn split<H: DeserializeOwned>(mut message: Vec<u8>) -> Result<(H, Vec<u8>), ChannelError> {
    let (text, _) = frame::decode(&message)?;
    let header = serde_json::from_str(text)?;
    let values_from = frame::values_offset(text.len()).min(message.len());
    message.drain(..values_from);
    Ok((header, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::job::Done;

    #[test]
    fn frames_of_every_size_come_through() {
        let (here, there) = UnixStream::pair().unwrap();
        for size in [0, 1, 7, 4096, 3 << 20] {
            let payload: Vec<u8> = (0..size).map(|index: u32| index.to_le_bytes()[0]).collect();
            let sent = payload.clone();
            let sender = here.try_clone().unwrap();
            let thread = std::thread::Builder::new()
                .spawn(move || write_frame(&sender, &Done::empty(u64::from(size)), &sent).unwrap())
                .unwrap();
            let (done, received): (Done, _) = read_frame(&mut &there).unwrap();
            thread.join().unwrap();
            assert_eq!((done.job, received == payload), (u64::from(size), true));
        }
        drop(here);
        assert!(matches!(read_frame::<Done>(&mut &there), Err(ChannelError::Io(_))));
    }

    #[test]
    fn nonsense_is_an_error() {
        let (mut here, there) = UnixStream::pair().unwrap();
        here.write_all(&[255; 8]).unwrap();
        assert!(matches!(read_frame::<Done>(&mut &there), Err(ChannelError::TooLarge { .. })));
    }
}
