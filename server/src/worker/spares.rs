//! Memory of payloads that are done with, for those that come: memory that was never touched costs as much time as the
//! library takes for the values in it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes; for smaller payloads the allocator keeps memory by itself.
const SMALLEST: usize = 128 << 10;

/// Buffers that the worker gives back, for whichever thread reads.
#[derive(Clone, Debug)]
pub(super) struct Spares {
    kept: Arc<Mutex<Kept>>,
    most_bytes: usize,
}

#[derive(Debug, Default)]
struct Kept {
    /// The oldest first.
    buffers: VecDeque<Vec<u8>>,
    /// Of their capacities.
    bytes: usize,
}

impl Spares {
    /// Keeps at most `most_bytes`.
    pub(super) fn new(most_bytes: usize) -> Self {
        Self { kept: Arc::default(), most_bytes }
    }

    /// An empty buffer for `bytes`: a kept one, unless it would be far too large.
    pub(super) fn take(&self, bytes: usize) -> Vec<u8> {
        if bytes < SMALLEST {
            return Vec::with_capacity(bytes);
        }
        let mut kept = self.kept();
        let fits = |buffer: &Vec<u8>| (bytes..=bytes + bytes / 4).contains(&buffer.capacity());
        // The newest, which the processor may still have in its cache.
        let found = kept.buffers.iter().rposition(fits);
        let Some(buffer) = found.and_then(|index| kept.buffers.remove(index)) else {
            return Vec::with_capacity(bytes);
        };
        kept.bytes -= buffer.capacity();
        buffer
    }

    /// Keeps a buffer; older ones have to go if it becomes too much.
    pub(super) fn give(&self, mut buffer: Vec<u8>) {
        if !(SMALLEST..=self.most_bytes).contains(&buffer.capacity()) {
            return;
        }
        buffer.clear();
        let mut kept = self.kept();
        kept.bytes += buffer.capacity();
        kept.buffers.push_back(buffer);
        while kept.bytes > self.most_bytes
            && let Some(oldest) = kept.buffers.pop_front()
        {
            kept.bytes -= oldest.capacity();
        }
    }

    /// Gives everything back to the operating system.
    pub(super) fn clear(&self) {
        *self.kept() = Kept::default();
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_gets_the_memory_of_one_before_it() {
        let spares = Spares::new(4 * SMALLEST);
        let first = Vec::with_capacity(SMALLEST + 1);
        let place = first.as_ptr();
        spares.give(first);
        assert_eq!(spares.take(SMALLEST / 2 + 1).capacity(), SMALLEST / 2 + 1);
        let larger = spares.take(SMALLEST + 2);
        assert_ne!(larger.as_ptr(), place);
        let mut again = spares.take(SMALLEST);
        assert_eq!((again.as_ptr(), again.len(), spares.kept().bytes), (place, 0, 0));
        again.push(1);
        spares.give(again);
        assert!(spares.take(SMALLEST).is_empty());
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_oldest_goes() {
        let spares = Spares::new(4 * SMALLEST);
        for size in [SMALLEST - 1, 4 * SMALLEST + 1] {
            spares.give(Vec::with_capacity(size));
            assert_eq!(spares.kept().bytes, 0);
        }
        for size in 1..=3 {
            spares.give(Vec::with_capacity(size * SMALLEST));
        }
        assert_eq!(spares.kept().bytes, 3 * SMALLEST);
        spares.clear();
        let kept = spares.kept();
        assert_eq!((kept.bytes, kept.buffers.len()), (0, 0));
    }
}
