//! One lasting conversation with the server over sockets that come and go: matches answers to requests,
//! reconnects, and resumes the stream of events where it broke off.

mod assembly;
mod backoff;
mod calls;
mod waiting;
mod watch;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use gloo_net::http::Request;
use hdf5_async_protocol::message::{Event, reply};
use leptos::leptos_dom::helpers::{
    TimeoutHandle, set_interval_with_handle, set_timeout_with_handle,
};
use leptos::prelude::document;
use wasm_bindgen_futures::spawn_local;

use crate::clock::now_ms;
use crate::connection_status::ConnectionStatus;
use crate::socket::{Socket, SocketEvent};
use waiting::Waiting;
use watch::Watch;

const PING_EVERY: Duration = Duration::from_secs(5);

/// A server that says nothing for so long is taken for gone.
const SILENCE_MS: f64 = 20_000.0;

/// Whoever is told what the connection learns.
pub trait Audience {
    fn status(&self, status: ConnectionStatus);
    /// A (new) session has begun.
    fn greeted(&self, hello: reply::Hello);
    fn event(&self, event: Event);
    /// Other files are served than before.
    fn files_changed(&self);
    /// Events of the watched file were missed: everything shown is to be read again.
    fn resync(&self);
}

#[derive(Clone)]
pub struct Connection {
    inner: Rc<RefCell<Inner>>,
}

struct Inner {
    url: String,
    /// Absent until [`Connection::begin`].
    audience: Option<Rc<dyn Audience>>,
    socket: Option<Socket>,
    /// The session has begun: requests go out as they come.
    greeted: bool,
    /// A session has begun once; until then a failure may be a missing token.
    known: bool,
    waiting: Waiting,
    watch: Option<Watch>,
    attempt: u32,
    lost_since_ms: Option<f64>,
    retry: Option<TimeoutHandle>,
    heard_ms: f64,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Connection").finish_non_exhaustive()
    }
}

impl Connection {
    /// A connection to `url` that is not begun yet.
    pub fn new(url: String) -> Self {
        let inner = Inner {
            url,
            audience: None,
            socket: None,
            greeted: false,
            known: false,
            waiting: Waiting::default(),
            watch: None,
            attempt: 0,
            lost_since_ms: None,
            retry: None,
            heard_ms: 0.0,
        };
        Self { inner: Rc::new(RefCell::new(inner)) }
    }

    /// Begins, and keeps the connection from now on.
    pub fn begin(&self, audience: Rc<dyn Audience>) {
        self.inner.borrow_mut().audience = Some(audience);
        self.connect();
        let connection = self.clone();
        // Without the timer a silent loss would only be noticed at the next click; nothing else depends on it.
        let _kept_for_the_life_of_the_page =
            set_interval_with_handle(move || connection.check_pulse(), PING_EVERY);
        let connection = self.clone();
        let _kept = leptos::prelude::window_event_listener(leptos::ev::online, move |_| {
            connection.retry_now();
        });
        let connection = self.clone();
        let _kept =
            leptos::prelude::window_event_listener(leptos::ev::visibilitychange, move |_| {
                if !document().hidden() {
                    connection.retry_now();
                }
            });
    }

    /// Never while `inner` is borrowed: the audience may call back.
    fn tell(&self, tell: impl FnOnce(&dyn Audience)) {
        let audience = self.inner.borrow().audience.clone();
        if let Some(audience) = audience {
            tell(&*audience);
        }
    }

    /// Tries at once if an attempt is planned for later.
    pub fn retry_now(&self) {
        let planned = self.inner.borrow_mut().retry.take();
        if let Some(planned) = planned {
            planned.clear();
            self.connect();
        }
    }

    fn connect(&self) {
        let (url, since) = {
            let mut inner = self.inner.borrow_mut();
            inner.greeted = false;
            inner.heard_ms = now_ms();
            (inner.url.clone(), inner.lost_since_ms)
        };
        let status = match since {
            None => ConnectionStatus::Connecting,
            Some(since_ms) => ConnectionStatus::Retrying { since_ms },
        };
        self.tell(|audience| audience.status(status));
        let connection = self.clone();
        let report = move |event| connection.on_socket(event);
        match Socket::open(&url, hdf5_async_protocol::SUBPROTOCOL, report) {
            Ok(socket) => self.inner.borrow_mut().socket = Some(socket),
            Err(error) => {
                leptos::logging::warn!("no socket could be made: {error:?}");
                self.lost();
            }
        }
    }

    fn on_socket(&self, event: SocketEvent) {
        self.inner.borrow_mut().heard_ms = now_ms();
        match event {
            SocketEvent::Opened => self.greet(),
            SocketEvent::Text(text) => self.on_text(&text),
            SocketEvent::Binary(frame) => self.on_frame(&frame),
            SocketEvent::Closed => self.lost(),
        }
    }

    fn lost(&self) {
        let (known, delay, since_ms) = {
            let mut inner = self.inner.borrow_mut();
            inner.socket = None;
            inner.greeted = false;
            inner.waiting.connection_lost();
            let delay = backoff::delay_ms(inner.attempt, js_sys::Math::random());
            inner.attempt += 1;
            let since_ms = *inner.lost_since_ms.get_or_insert_with(now_ms);
            (inner.known, delay, since_ms)
        };
        let retry_at_ms = now_ms() + f64::from(delay);
        self.tell(|audience| audience.status(ConnectionStatus::Waiting { since_ms, retry_at_ms }));
        let connection = self.clone();
        let retry = move || connection.retry_now();
        let planned = set_timeout_with_handle(retry, Duration::from_millis(u64::from(delay))).ok();
        self.inner.borrow_mut().retry = planned;
        if !known {
            self.ask_whether_authorized();
        }
    }

    /// A browser does not say why a socket was refused; an ordinary request with the same cookie does.
    fn ask_whether_authorized(&self) {
        let connection = self.clone();
        spawn_local(async move {
            let Ok(response) = Request::post("/session").send().await else { return };
            if !matches!(response.status(), 401 | 403) {
                return;
            }
            if let Some(planned) = connection.inner.borrow_mut().retry.take() {
                planned.clear();
            }
            connection.tell(|audience| audience.status(ConnectionStatus::Unauthorized));
        });
    }

    fn check_pulse(&self) {
        let (connected, greeted, heard_ms) = {
            let inner = self.inner.borrow();
            (inner.socket.is_some(), inner.greeted, inner.heard_ms)
        };
        if !connected {
            return;
        }
        if now_ms() - heard_ms > SILENCE_MS {
            self.lost();
        } else if greeted {
            self.ping();
        }
    }
}
