//! Who waits for which answer on this connection.

use std::collections::HashMap;

use hdf5_async_protocol::message::{Outcome, RequestId};
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::client::Answer;
use crate::error::CallError;
use crate::incoming::{Incoming, Kind};
use crate::many::{Gathering, ItemResult};
use crate::values::{Assembly, Values};

/// A request that was sent.
#[derive(Debug)]
pub(crate) struct PendingRequest {
    pub(crate) is_change: bool,
    pub(crate) waiter: Waiter,
    /// The request's place among those in flight; the next one moves up when this is dropped.
    #[expect(dead_code, reason = "held, not read")]
    pub(crate) permit: Option<OwnedSemaphorePermit>,
}

#[derive(Debug)]
pub(crate) enum Waiter {
    Reply(oneshot::Sender<Result<Incoming, CallError>>),
    Values {
        assembly: Box<Assembly>,
        done: oneshot::Sender<Result<Answer<Values>, CallError>>,
    },
    Many {
        gathering: Box<Gathering>,
        done: oneshot::Sender<Result<Answer<Vec<ItemResult>>, CallError>>,
    },
    /// The subscription with this key; see [`crate::subscription`].
    Subscription(u64),
    /// The caller is gone, or never cared.
    Nobody,
}

impl Waiter {
    fn fail(self, error: CallError) {
        // A send fails only when the caller is gone, and then nobody misses the answer.
        match self {
            Self::Reply(reply) => drop(reply.send(Err(error))),
            Self::Values { done, .. } => drop(done.send(Err(error))),
            Self::Many { done, .. } => drop(done.send(Err(error))),
            Self::Subscription(_) | Self::Nobody => {}
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct PendingRequests {
    requests: HashMap<i64, PendingRequest>,
}

/// An answer that the connection itself has to act on.
#[derive(Debug)]
pub(crate) enum Answered {
    /// Handed to the caller, or belonging to nobody.
    Done,
    Subscription {
        key: u64,
        answer: Result<Incoming, CallError>,
    },
    /// The rest of this request's answer is of no use.
    Cancel {
        id: i64,
    },
}

impl PendingRequests {
    pub(crate) fn insert(&mut self, id: i64, request: PendingRequest) {
        self.requests.insert(id, request);
    }

    /// The caller is gone; `true` when the server should be told to stop.
    pub(crate) fn abandon(&mut self, id: i64) -> bool {
        match self.requests.get_mut(&id) {
            Some(request) => {
                request.waiter = Waiter::Nobody;
                !request.is_change
            }
            None => false,
        }
    }

    /// Hands a success or an error to the one who waits for it.
    pub(crate) fn answer(&mut self, kind: Kind, incoming: Incoming) -> Answered {
        let Some(RequestId::Number(id)) = incoming.head.id else {
            return Answered::Done;
        };
        let Some(mut request) = self.requests.remove(&id) else {
            return Answered::Done;
        };
        if kind == Kind::Error {
            let error = incoming.error();
            if let Waiter::Subscription(key) = request.waiter {
                return Answered::Subscription { key, answer: Err(error) };
            }
            request.waiter.fail(error);
            return Answered::Done;
        }
        match request.waiter {
            Waiter::Reply(reply) => drop(reply.send(Ok(incoming))),
            Waiter::Subscription(key) => {
                return Answered::Subscription { key, answer: Ok(incoming) };
            }
            Waiter::Values { mut assembly, done } => match add_block(&mut assembly, &incoming) {
                Ok(false) => {
                    request.waiter = Waiter::Values { assembly, done };
                    self.requests.insert(id, request);
                }
                Ok(true) => {
                    let (position, file) = (incoming.position(), incoming.file());
                    let values = assembly.finish().map_err(CallError::from);
                    drop(done.send(values.map(|reply| Answer { reply, position, file })));
                }
                Err(error) => {
                    drop(done.send(Err(error)));
                    return Answered::Cancel { id };
                }
            },
            Waiter::Many { mut gathering, done } => match gathering.add(&incoming) {
                Ok(false) => {
                    request.waiter = Waiter::Many { gathering, done };
                    self.requests.insert(id, request);
                }
                Ok(true) => {
                    let position = incoming.position();
                    let results = gathering.finish();
                    drop(done.send(results.map(|reply| Answer { reply, position, file: None })));
                }
                Err(error) => {
                    drop(done.send(Err(error)));
                    return Answered::Cancel { id };
                }
            },
            Waiter::Nobody if incoming.values.is_some() && !is_last(&incoming) => {
                self.requests.insert(id, request);
            }
            Waiter::Nobody => {}
        }
        Answered::Done
    }

    /// The connection is gone, and with it every answer.
    pub(crate) fn fail_all(&mut self, reason: &str) {
        for (_, request) in self.requests.drain() {
            let outcome = if request.is_change { Outcome::Unknown } else { Outcome::NotApplied };
            request.waiter.fail(CallError::ConnectionLost { reason: reason.to_owned(), outcome });
        }
    }
}

fn add_block(assembly: &mut Assembly, incoming: &Incoming) -> Result<bool, CallError> {
    let (header, values) = incoming.block()?;
    assembly.add(&header, values)
}

fn is_last(incoming: &Incoming) -> bool {
    /// The one field that every frame has, whatever it answers.
    #[derive(Deserialize)]
    struct Last {
        last: Option<bool>,
    }
    incoming.header::<Last>("read").is_ok_and(|header| header.last.unwrap_or(true))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hdf5_async_protocol::frame;

    use super::*;

    fn waiting() -> (PendingRequests, oneshot::Receiver<Result<Answer<Values>, CallError>>) {
        let mut pending = PendingRequests::default();
        let (done, answer) = oneshot::channel();
        let waiter = Waiter::Values { assembly: Box::new(Assembly::new(100)), done };
        pending.insert(1, PendingRequest { is_change: false, waiter, permit: None });
        (pending, answer)
    }

    fn block(fields: &str, values: &[u8]) -> Incoming {
        let header =
            format!(r#"{{"status":"success","id":1,"shape":[4],"datatype":"|u1",{fields}}}"#);
        Incoming::from_binary(&Bytes::from(frame::encode(&header, values))).unwrap()
    }

    #[test]
    fn an_answer_in_two_blocks_is_one_result() {
        let (mut pending, mut answer) = waiting();
        let first = block(r#""place":{"offset":[0],"shape":[3]},"last":false"#, &[1, 2, 3]);
        assert!(matches!(pending.answer(Kind::Success, first), Answered::Done));
        assert!(answer.try_recv().is_err());
        let last =
            block(r#""place":{"offset":[3],"shape":[1]},"last":true,"epoch":1,"seq":5"#, &[4]);
        pending.answer(Kind::Success, last);
        let answer = answer.try_recv().unwrap().unwrap();
        assert_eq!(answer.reply.payload, [1, 2, 3, 4]);
        assert_eq!(answer.position.unwrap().seq, 5);
    }

    #[test]
    fn an_error_in_the_middle_ends_the_read() {
        let (mut pending, mut answer) = waiting();
        pending.answer(
            Kind::Success,
            block(r#""place":{"offset":[0],"shape":[1]},"last":false"#, &[1]),
        );
        let error = r#"{"status":"error","id":1,"code":"worker_lost","message":"gone"}"#;
        let error = Incoming::from_text(Bytes::from_static(error.as_bytes())).unwrap();
        pending.answer(Kind::Error, error);
        assert!(matches!(answer.try_recv().unwrap(), Err(CallError::Refused(_))));
    }

    #[test]
    fn a_block_that_cannot_be_placed_cancels_the_rest() {
        let (mut pending, mut answer) = waiting();
        let outside = block(r#""place":{"offset":[9],"shape":[1]},"last":false"#, &[1]);
        assert!(matches!(pending.answer(Kind::Success, outside), Answered::Cancel { id: 1 }));
        assert!(matches!(answer.try_recv().unwrap(), Err(CallError::Protocol(_))));
    }

    #[test]
    fn a_lost_connection_leaves_changes_in_doubt() {
        for (is_change, expected) in [(true, Outcome::Unknown), (false, Outcome::NotApplied)] {
            let mut pending = PendingRequests::default();
            let (reply, mut answer) = oneshot::channel();
            let waiter = Waiter::Reply(reply);
            pending.insert(7, PendingRequest { is_change, waiter, permit: None });
            pending.fail_all("reset");
            assert_eq!(answer.try_recv().unwrap().unwrap_err().outcome(), expected);
        }
    }

    #[test]
    fn only_reads_are_cancelled_when_their_caller_goes() {
        let (mut pending, _) = waiting();
        assert!(pending.abandon(1));
        let last = block(r#""place":{"offset":[0],"shape":[4]},"last":true"#, &[0; 4]);
        pending.answer(Kind::Success, last);
        assert!(!pending.abandon(1), "the answer has come");
        pending.insert(2, PendingRequest { is_change: true, waiter: Waiter::Nobody, permit: None });
        assert!(!pending.abandon(2));
    }
}
