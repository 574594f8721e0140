//! The requests that wait for an answer: their ids, their texts, and the parts of long answers so far.

use std::collections::BTreeMap;

use futures::channel::oneshot;
use hdf5_async_protocol::message::reply::Values;
use hdf5_async_protocol::message::{Command, Request, RequestId, Terms, answer};
use serde_json::{Map, Value};

use super::assembly::Assembly;
use crate::refusal::Refusal;
use crate::slab::Slab;

/// What a request that worked brought.
#[derive(Debug)]
pub(super) enum Success {
    /// The fields of the reply.
    Fields(Map<String, Value>),
    /// The values of a binary answer.
    Slab(Slab),
}

pub(super) type Answer = Result<Success, Refusal>;

/// Bounded; see [`Waiting::MOST`].
#[derive(Debug, Default)]
pub(super) struct Waiting {
    last_id: i64,
    requests: BTreeMap<i64, Pending>,
}

#[derive(Debug)]
struct Pending {
    text: String,
    /// It changes nothing and belongs to no session, so that it may be sent again over a new connection.
    repeatable: bool,
    sent: bool,
    answer: oneshot::Sender<Answer>,
    assembly: Option<Assembly>,
}

impl Waiting {
    const MOST: usize = 256;

    /// Takes a request in; it is to be sent with [`Self::take_unsent`].
    pub(super) fn add(
        &mut self,
        file: Option<String>,
        command: Command,
    ) -> Result<(i64, oneshot::Receiver<Answer>), Refusal> {
        if self.requests.len() >= Self::MOST {
            return Err(Refusal::too_many_requests());
        }
        let id = self.next_id();
        let repeatable = is_repeatable(&command);
        let request =
            Request { id: Some(RequestId::Number(id)), file, terms: Terms::default(), command };
        let text = serde_json::to_string(&request).map_err(Refusal::not_understood)?;
        let (answer, receiver) = oneshot::channel();
        let pending = Pending { text, repeatable, sent: false, answer, assembly: None };
        self.requests.insert(id, pending);
        Ok((id, receiver))
    }

    pub(super) fn next_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    /// The texts of the requests not sent yet, oldest first; they count as sent from now on.
    pub(super) fn take_unsent(&mut self) -> Vec<String> {
        let unsent = self.requests.values_mut().filter(|pending| !pending.sent);
        unsent
            .map(|pending| {
                pending.sent = true;
                pending.text.clone()
            })
            .collect()
    }

    /// The text of one request, which counts as sent from now on.
    pub(super) fn take_text(&mut self, id: i64) -> Option<String> {
        let pending = self.requests.get_mut(&id)?;
        pending.sent = true;
        Some(pending.text.clone())
    }

    /// Nobody waits for `id` any more; says whether the server works on it.
    pub(super) fn forget(&mut self, id: i64) -> bool {
        self.requests.remove(&id).is_some_and(|pending| pending.sent)
    }

    pub(super) fn answer(&mut self, id: i64, answer: Answer) {
        if let Some(pending) = self.requests.remove(&id) {
            // An error means that the caller has gone, who then needs no answer.
            let _unheard = pending.answer.send(answer);
        }
    }

    /// A frame of a binary answer: its header's fields and its values.
    pub(super) fn frame(&mut self, id: i64, header: Map<String, Value>, payload: &[u8]) {
        let Some(pending) = self.requests.get_mut(&id) else { return };
        match pending.add_frame(header, payload) {
            Ok(None) => {}
            Ok(Some(slab)) => self.answer(id, Ok(Success::Slab(slab))),
            Err(refusal) => self.answer(id, Err(refusal)),
        }
    }

    /// The connection is gone: what may be repeated is unsent again, the rest has failed.
    pub(super) fn connection_lost(&mut self) {
        let (kept, failed) = std::mem::take(&mut self.requests)
            .into_iter()
            .partition(|(_, pending)| pending.repeatable);
        self.requests = kept;
        for pending in self.requests.values_mut() {
            pending.sent = false;
            pending.assembly = None;
        }
        let failed: BTreeMap<i64, Pending> = failed;
        for pending in failed.into_values() {
            let _unheard = pending.answer.send(Err(Refusal::connection_lost()));
        }
    }
}

fn is_repeatable(command: &Command) -> bool {
    let of_session = matches!(
        command,
        Command::Hello(_) | Command::Ping(_) | Command::Subscribe(_) | Command::Unsubscribe(_)
    );
    !of_session && !command.is_change()
}

impl Pending {
    fn add_frame(
        &mut self,
        header: Map<String, Value>,
        payload: &[u8],
    ) -> Result<Option<Slab>, Refusal> {
        let values: Values = answer::typed(header).map_err(Refusal::not_understood)?;
        let mut assembly = match self.assembly.take() {
            Some(assembly) => assembly,
            None => Assembly::new(&values)?,
        };
        assembly.add(values.place.as_ref(), payload)?;
        if values.last == Some(false) {
            self.assembly = Some(assembly);
            return Ok(None);
        }
        Ok(Some(assembly.finish()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hdf5_async_protocol::message::command::{Delete, Describe, Ping};
    use hdf5_async_protocol::model::ObjectPath;

    fn describe() -> Command {
        Describe { path: ObjectPath::root() }.into()
    }

    fn received(receiver: &mut oneshot::Receiver<Answer>) -> Option<Answer> {
        receiver.try_recv().unwrap()
    }

    fn header(text: &str) -> Map<String, Value> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn frames_become_one_answer() {
        let mut waiting = Waiting::default();
        let (id, mut receiver) = waiting.add(None, describe()).unwrap();
        let first =
            r#"{"shape":[4],"datatype":"|u1","place":{"offset":[0],"shape":[2]},"last":false}"#;
        waiting.frame(id, header(first), &[1, 2]);
        assert!(received(&mut receiver).is_none());
        let second =
            r#"{"shape":[4],"datatype":"|u1","place":{"offset":[2],"shape":[2]},"last":true}"#;
        waiting.frame(id, header(second), &[3, 4]);
        let Some(Ok(Success::Slab(slab))) = received(&mut receiver) else { panic!("no slab") };
        assert_eq!(slab.payload, [1, 2, 3, 4]);
    }

    #[test]
    fn after_a_loss_reads_are_repeated_and_changes_fail() {
        let mut waiting = Waiting::default();
        let (_, mut read) = waiting.add(Some("f".to_owned()), describe()).unwrap();
        let delete = Delete { path: ObjectPath::root() };
        let (_, mut change) = waiting.add(Some("f".to_owned()), delete.into()).unwrap();
        assert_eq!(waiting.take_unsent().len(), 2);
        assert!(waiting.take_unsent().is_empty());
        waiting.connection_lost();
        assert!(
            matches!(received(&mut change), Some(Err(refusal)) if refusal.code == "connection_lost")
        );
        assert!(received(&mut read).is_none());
        assert_eq!(
            waiting.take_unsent(),
            [r#"{"id":1,"file":"f","command":"describe","path":"/"}"#]
        );
    }

    #[test]
    fn only_so_many_wait() {
        let mut waiting = Waiting::default();
        let receivers: Vec<_> =
            (0..Waiting::MOST).map(|_| waiting.add(None, Ping {}.into()).unwrap()).collect();
        assert!(waiting.add(None, Ping {}.into()).is_err());
        assert!(!waiting.forget(receivers[0].0));
        assert!(waiting.add(None, Ping {}.into()).is_ok());
    }
}
