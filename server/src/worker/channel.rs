//! Frames between front and worker: 4 bytes little-endian length, then a binary message of the protocol.

use std::io::{ErrorKind, IoSlice, Read, Write as _};
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

/// Bytes of a frame that come first and say how long its parts are.
pub const LENGTHS_BYTES: usize = 8;

/// How many bytes the parts of a frame have that follow its lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lengths {
    header: usize,
    /// Zeros between header and values.
    padding: usize,
    pub values: usize,
}

impl Lengths {
    /// # Errors
    /// When they contradict each other, or the frame is too large.
    pub fn parse(bytes: [u8; LENGTHS_BYTES]) -> Result<Self, ChannelError> {
        let [frame, header] = [0, 4]
            .map(|at| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]));
        let length = frame as usize;
        if length > MAX_FRAME_BYTES {
            return Err(ChannelError::TooLarge { length });
        }
        let short = FrameError::Short { length, header: u64::from(header) };
        let header = header as usize;
        let rest = length.checked_sub(4 + header).ok_or(short)?;
        let padding = (frame::values_offset(header) - 4 - header).min(rest);
        Ok(Self { header, padding, values: rest - padding })
    }

    /// Of everything before the values.
    pub fn head(&self) -> usize {
        self.header + self.padding
    }

    /// Reads the header from everything before the values.
    ///
    /// # Errors
    /// When it is none.
    pub fn decode<H: DeserializeOwned>(&self, head: &[u8]) -> Result<H, ChannelError> {
        Ok(serde_json::from_slice(&head[..self.header.min(head.len())])?)
    }
}

/// Reads one frame. Its values go from the socket to where they stay.
pub fn read_frame<H: DeserializeOwned>(
    reader: &mut impl Read,
) -> Result<(H, Vec<u8>), ChannelError> {
    read_frame_into(reader, Vec::with_capacity)
}

/// The same; `memory` gives an empty buffer for so many bytes of values.
pub(super) fn read_frame_into<H: DeserializeOwned>(
    reader: &mut impl Read,
    memory: impl FnOnce(usize) -> Vec<u8>,
) -> Result<(H, Vec<u8>), ChannelError> {
    let mut lengths = [0; LENGTHS_BYTES];
    reader.read_exact(&mut lengths).map_err(ChannelError::Io)?;
    let lengths = Lengths::parse(lengths)?;
    let mut head = vec![0; lengths.head()];
    reader.read_exact(&mut head).map_err(ChannelError::Io)?;
    let header = lengths.decode(&head)?;
    let mut values = memory(lengths.values);
    reader.take(lengths.values as u64).read_to_end(&mut values).map_err(ChannelError::Io)?;
    if values.len() < lengths.values {
        return Err(ChannelError::Io(ErrorKind::UnexpectedEof.into()));
    }
    Ok((header, values))
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

    #[test]
    fn lengths_that_contradict_each_other_are_errors() {
        let lengths = |frame: u32, header: u32| {
            let mut bytes = [0; LENGTHS_BYTES];
            bytes[..4].copy_from_slice(&frame.to_le_bytes());
            bytes[4..].copy_from_slice(&header.to_le_bytes());
            Lengths::parse(bytes)
        };
        assert_eq!(lengths(9, 2).unwrap(), Lengths { header: 2, padding: 2, values: 1 });
        assert_eq!(lengths(6, 2).unwrap(), Lengths { header: 2, padding: 0, values: 0 });
        for (frame, header) in [(0, 0), (3, 0), (5, 2), (100, u32::MAX)] {
            assert!(matches!(lengths(frame, header), Err(ChannelError::Frame(_))));
        }
    }

    #[test]
    fn values_that_are_cut_off_are_an_error() {
        let (here, there) = UnixStream::pair().unwrap();
        let mut bytes = prefix_of(&Done::empty(1), &[0; 100]).unwrap();
        bytes.extend_from_slice(&[0; 99]);
        (&here).write_all(&bytes).unwrap();
        drop(here);
        let cut = read_frame::<Done>(&mut &there);
        assert!(
            matches!(&cut, Err(ChannelError::Io(error)) if error.kind() == ErrorKind::UnexpectedEof),
            "{cut:?}"
        );
    }
}
