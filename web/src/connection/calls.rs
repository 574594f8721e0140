//! The conversation itself: greeting, requests, answers, events, and the subscription.

use hdf5_async_protocol::frame;
use hdf5_async_protocol::message::command::{
    Cancel, Encoding, Hello, Ping, Read, ReadAttribute, Subscribe, Unsubscribe,
};
use hdf5_async_protocol::message::{
    Ask, Command, Event, Incoming, Position, Request, RequestId, Terms, answer, reply,
};
use hdf5_async_protocol::model::ObjectPath;
use serde_json::{Map, Value};
use wasm_bindgen_futures::spawn_local;

use super::Connection;
use super::waiting::Success;
use super::watch::{Heard, Watch};
use crate::clock::now_ms;
use crate::connection_status::ConnectionStatus;
use crate::refusal::Refusal;
use crate::slab::Slab;

/// Shown to others as the author of changes.
const NAME: &str = "dashboard";

/// Cancels its request when it is dropped before the answer.
struct Call {
    connection: Connection,
    id: i64,
}

impl Drop for Call {
    fn drop(&mut self) {
        let sent = self.connection.inner.borrow_mut().waiting.forget(self.id);
        if sent {
            self.connection.post(Cancel { request: RequestId::Number(self.id) }.into());
        }
    }
}

impl Connection {
    /// One request and its answer. Dropping the future cancels the request.
    ///
    /// What changes nothing waits for a connection and is repeated over a new one; changes fail instead.
    ///
    /// # Errors
    /// What the server refused, or why there is no answer.
    pub async fn call<A: Ask>(&self, file: Option<String>, ask: A) -> Result<A::Reply, Refusal> {
        match self.answer(file, ask.into()).await? {
            Success::Fields(body) => answer::typed(body).map_err(Refusal::not_understood),
            Success::Slab(_) => Err(Refusal::not_understood("values where none were asked for")),
        }
    }

    /// Elements of a dataset.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn read(&self, file: Option<String>, read: Read) -> Result<Slab, Refusal> {
        self.slab(file, Read { encoding: Encoding::Binary, ..read }.into()).await
    }

    /// The elements of an attribute.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn read_attribute(
        &self,
        file: Option<String>,
        read: ReadAttribute,
    ) -> Result<Slab, Refusal> {
        self.slab(file, ReadAttribute { encoding: Encoding::Binary, ..read }.into()).await
    }

    async fn slab(&self, file: Option<String>, command: Command) -> Result<Slab, Refusal> {
        match self.answer(file, command).await? {
            Success::Slab(slab) => Ok(slab),
            Success::Fields(body) => {
                let values: reply::Values = answer::typed(body).map_err(Refusal::not_understood)?;
                Ok(Slab { datatype: values.datatype, shape: vec![0], payload: Vec::new() })
            }
        }
    }

    /// Announces every change of `file` from now on, instead of those of the file before.
    pub fn watch(&self, file: &str) {
        let before = self.inner.borrow_mut().watch.replace(Watch::new(file));
        if !self.inner.borrow().greeted {
            return;
        }
        if let Some(Watch { file, subscription: Some(subscription), .. }) = before {
            self.post_to(Some(file), Unsubscribe { subscription }.into());
        }
        self.subscribe();
    }

    async fn answer(&self, file: Option<String>, command: Command) -> Result<Success, Refusal> {
        let (call, receiver) = {
            let mut inner = self.inner.borrow_mut();
            if command.is_change() && !inner.greeted {
                return Err(Refusal::offline());
            }
            let (id, receiver) = inner.waiting.add(file, command)?;
            (Call { connection: self.clone(), id }, receiver)
        };
        if self.inner.borrow().greeted {
            self.send_unsent();
        }
        let answer = receiver.await.unwrap_or_else(|_| Err(Refusal::connection_lost()));
        drop(call);
        answer
    }

    fn send_unsent(&self) {
        let texts = self.inner.borrow_mut().waiting.take_unsent();
        for text in texts {
            self.send(&text);
        }
    }

    /// A socket that cannot send is closing; its requests are settled when it reports so.
    fn send(&self, text: &str) {
        let inner = self.inner.borrow();
        let sent = inner.socket.as_ref().map(|socket| socket.send(text));
        if let Some(Err(error)) = sent {
            leptos::logging::debug_warn!("not sent: {error:?}");
        }
    }

    /// A request whose answer nobody waits for.
    fn post(&self, command: Command) {
        self.post_to(None, command);
    }

    fn post_to(&self, file: Option<String>, command: Command) {
        let id = self.inner.borrow_mut().waiting.next_id();
        let request =
            Request { id: Some(RequestId::Number(id)), file, terms: Terms::default(), command };
        if let Ok(text) = serde_json::to_string(&request) {
            self.send(&text);
        }
    }

    pub(super) fn greet(&self) {
        let version = Some(hdf5_async_protocol::PROTOCOL_VERSION);
        let hello = Hello { version, name: Some(NAME.to_owned()), token: None };
        let added = self.inner.borrow_mut().waiting.add(None, hello.into());
        let Ok((id, receiver)) = added else { return };
        // Only the greeting goes out now; what waited from before follows once it is answered.
        let text = self.inner.borrow_mut().waiting.take_text(id);
        if let Some(text) = text {
            self.send(&text);
        }
        let connection = self.clone();
        spawn_local(async move {
            match receiver.await {
                Ok(Ok(Success::Fields(body))) => match answer::typed(body) {
                    Ok(hello) => connection.on_hello(hello),
                    Err(error) => leptos::logging::warn!("hello was not understood: {error}"),
                },
                Ok(Err(refusal)) if refusal.code == "unauthorized" => {
                    connection.tell(|audience| audience.status(ConnectionStatus::Unauthorized));
                }
                _ => {}
            }
        });
    }

    fn on_hello(&self, hello: reply::Hello) {
        {
            let mut inner = self.inner.borrow_mut();
            inner.greeted = true;
            inner.known = true;
            inner.attempt = 0;
            inner.lost_since_ms = None;
        }
        self.tell(|audience| audience.greeted(hello));
        self.tell(|audience| audience.status(ConnectionStatus::Live { latency_ms: None }));
        self.subscribe();
        self.send_unsent();
        self.ping();
    }

    fn subscribe(&self) {
        let (file, since) = match &self.inner.borrow().watch {
            Some(watch) => (watch.file.clone(), watch.position),
            None => return,
        };
        let connection = self.clone();
        spawn_local(async move {
            let root = ObjectPath::root();
            let subscribe =
                Subscribe { path: root, data: false, snapshot: false, since, max_rate: None };
            let answer = connection.answer(Some(file.clone()), subscribe.into()).await;
            match answer {
                Ok(Success::Fields(body)) => connection.on_subscribed(&file, body),
                Ok(Success::Slab(_)) => {}
                Err(refusal) => leptos::logging::warn!("{file} is not watched: {refusal}"),
            }
        });
    }

    fn on_subscribed(&self, file: &str, body: Map<String, Value>) {
        let number = |name: &str| body.get(name).and_then(Value::as_u64);
        let position = number("epoch").zip(number("seq"));
        let position = position.map(|(epoch, seq)| Position { epoch, seq });
        let Ok(subscribed) = answer::typed::<reply::Subscribed>(body) else { return };
        {
            let mut inner = self.inner.borrow_mut();
            let Some(watch) = inner.watch.as_mut().filter(|watch| watch.file == file) else {
                drop(inner);
                let subscription = subscribed.subscription;
                self.post_to(Some(file.to_owned()), Unsubscribe { subscription }.into());
                return;
            };
            watch.subscribed(subscribed.subscription, position, subscribed.resync);
        }
        if subscribed.resync {
            self.tell(|audience| audience.resync());
        }
    }

    pub(super) fn ping(&self) {
        let connection = self.clone();
        spawn_local(async move {
            let sent_ms = now_ms();
            if connection.call(None, Ping {}).await.is_ok() && connection.inner.borrow().greeted {
                let latency_ms = Some(now_ms() - sent_ms);
                connection.tell(|audience| audience.status(ConnectionStatus::Live { latency_ms }));
            }
        });
    }

    pub(super) fn on_text(&self, text: &str) {
        match Incoming::parse(text) {
            Ok(Incoming::Event(event)) => self.on_event(event),
            Ok(Incoming::Success { id: Some(RequestId::Number(id)), body }) => {
                self.inner.borrow_mut().waiting.answer(id, Ok(Success::Fields(body)));
            }
            Ok(Incoming::Error(error)) => match error.id {
                Some(RequestId::Number(id)) => {
                    self.inner.borrow_mut().waiting.answer(id, Err(error.into()));
                }
                _ => leptos::logging::warn!("the server refused a message: {error}"),
            },
            Ok(Incoming::Success { .. }) => {}
            Err(error) => leptos::logging::warn!("a message was not understood: {error}"),
        }
    }

    pub(super) fn on_frame(&self, frame: &[u8]) {
        let parsed = frame::decode(frame).ok();
        let parsed =
            parsed.and_then(|(header, values)| Some((Incoming::parse(header).ok()?, values)));
        let mut inner = self.inner.borrow_mut();
        match parsed {
            Some((Incoming::Success { id: Some(RequestId::Number(id)), body }, values)) => {
                inner.waiting.frame(id, body, values);
            }
            Some((Incoming::Error(error), _)) => {
                if let Some(RequestId::Number(id)) = error.id {
                    inner.waiting.answer(id, Err(error.into()));
                }
            }
            _ => leptos::logging::warn!("a binary message was not understood"),
        }
    }

    fn on_event(&self, event: Event) {
        // Of the list of files, which has an order of its own.
        if event.file.is_empty() {
            return self.tell(|audience| audience.files_changed());
        }
        let heard = {
            let mut inner = self.inner.borrow_mut();
            let Some(watch) = inner.watch.as_mut().filter(|watch| watch.file == event.file) else {
                return;
            };
            watch.hear(&event)
        };
        if heard == Heard::Again {
            return;
        }
        if heard == Heard::AfterGap {
            self.tell(|audience| audience.resync());
        }
        self.tell(|audience| audience.event(event));
    }
}
