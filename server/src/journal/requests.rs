//! Which requests were applied, so that one that is sent again after a crash is answered and not applied twice.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::bytes::{Decoder, Encoder};
use super::error::JournalError;

/// The longest key that is remembered; whoever has longer ones hashes them.
pub const MAX_KEY_BYTES: usize = 128;

/// The longest reply that is remembered.
pub const MAX_REPLY_BYTES: usize = 4096;

/// A request that a commit contains: by which key it is known, and what it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedRequest {
    /// Chosen by whoever made the request, unique among all requests for this file.
    pub key: Vec<u8>,
    /// Enough to answer it again.
    pub reply: Vec<u8>,
}

impl AppliedRequest {
    pub(super) fn check(&self) -> Result<(), JournalError> {
        for (bytes, max) in [(&self.key, MAX_KEY_BYTES), (&self.reply, MAX_REPLY_BYTES)] {
            if bytes.len() > max {
                return Err(JournalError::RequestTooLong { len: bytes.len(), max });
            }
        }
        Ok(())
    }

    fn encoded_len(&self) -> usize {
        8 + self.key.len() + self.reply.len()
    }

    pub(super) fn encode(&self, to: &mut Encoder) {
        to.text(&self.key);
        to.text(&self.reply);
    }

    pub(super) fn decode(from: &mut Decoder<'_>) -> Option<Self> {
        Some(Self { key: from.text()?.to_vec(), reply: from.text()?.to_vec() })
    }
}

/// The newest applied requests. When it is full, in number or in bytes, the oldest are forgotten.
#[derive(Debug)]
pub(super) struct Remembered {
    order: VecDeque<Arc<AppliedRequest>>,
    by_key: HashMap<Vec<u8>, Arc<AppliedRequest>>,
    bytes: usize,
    max_requests: usize,
    max_bytes: usize,
}

impl Remembered {
    /// `max_bytes` of the encoded table, with its count.
    pub(super) fn new(max_requests: usize, max_bytes: usize) -> Self {
        Self { order: VecDeque::new(), by_key: HashMap::new(), bytes: 4, max_requests, max_bytes }
    }

    pub(super) fn insert(&mut self, request: AppliedRequest) {
        if self.by_key.contains_key(&request.key) {
            return;
        }
        let request = Arc::new(request);
        self.bytes += request.encoded_len();
        self.by_key.insert(request.key.clone(), Arc::clone(&request));
        self.order.push_back(request);
        while self.order.len() > self.max_requests || self.bytes > self.max_bytes {
            let Some(oldest) = self.order.pop_front() else { break };
            self.bytes -= oldest.encoded_len();
            self.by_key.remove(&oldest.key);
        }
    }

    pub(super) fn reply(&self, key: &[u8]) -> Option<&[u8]> {
        self.by_key.get(key).map(|request| request.reply.as_slice())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &AppliedRequest> {
        self.order.iter().map(Arc::as_ref)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut to = Encoder::default();
        to.count(self.order.len());
        for request in &self.order {
            request.encode(&mut to);
        }
        to.0
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Vec<AppliedRequest>> {
        let mut from = Decoder(bytes);
        (0..from.count()?).map(|_| AppliedRequest::decode(&mut from)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(key: u32, reply: usize) -> AppliedRequest {
        AppliedRequest { key: key.to_le_bytes().to_vec(), reply: vec![7; reply] }
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut remembered = Remembered::new(3, 4 + 3 * 32);
        for key in 0..5 {
            remembered.insert(request(key, 20));
            remembered.insert(request(key, 9));
        }
        let keys = |remembered: &Remembered| -> Vec<u8> {
            remembered.iter().map(|request| request.key[0]).collect()
        };
        assert_eq!(keys(&remembered), [2, 3, 4]);
        assert_eq!(remembered.reply(&3_u32.to_le_bytes()), Some([7; 20].as_slice()));
        assert_eq!(remembered.reply(&1_u32.to_le_bytes()), None);
        let table = remembered.encode();
        assert_eq!(table.len(), 4 + 3 * 32);
        let decoded = Remembered::decode(&table).unwrap();
        assert_eq!(decoded, remembered.iter().cloned().collect::<Vec<_>>());
        assert_eq!(Remembered::decode(&table[..40]), None);

        remembered.insert(request(5, 52));
        assert_eq!(keys(&remembered), [4, 5], "two of them fill the bytes");
    }
}
