//! One WebSocket of the browser; the only file that touches `web_sys::WebSocket`.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{BinaryType, MessageEvent, WebSocket};

/// What a socket reports, in order.
#[derive(Debug)]
pub enum SocketEvent {
    Opened,
    Text(String),
    Binary(Vec<u8>),
    /// The last one; also when the socket never opened.
    Closed,
}

type Callbacks = (Closure<dyn Fn()>, Closure<dyn Fn(MessageEvent)>, Closure<dyn Fn()>);

/// Closes when dropped, and reports nothing more.
#[derive(Debug)]
pub struct Socket {
    socket: WebSocket,
    /// The browser calls them as long as they live.
    _callbacks: Callbacks,
}

impl Socket {
    /// Begins to open a socket; `report` is called later, never from inside this function.
    ///
    /// # Errors
    /// When the browser refuses the address.
    pub fn open(
        url: &str,
        subprotocol: &str,
        report: impl Fn(SocketEvent) + Clone + 'static,
    ) -> Result<Self, JsValue> {
        let socket = WebSocket::new_with_str(url, subprotocol)?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let opened = report.clone();
        let on_open = Closure::<dyn Fn()>::new(move || opened(SocketEvent::Opened));
        let received = report.clone();
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            let data = message.data();
            if let Some(text) = data.as_string() {
                received(SocketEvent::Text(text));
            } else if let Some(buffer) = data.dyn_ref::<js_sys::ArrayBuffer>() {
                received(SocketEvent::Binary(js_sys::Uint8Array::new(buffer).to_vec()));
            }
        });
        let on_close = Closure::<dyn Fn()>::new(move || report(SocketEvent::Closed));
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Ok(Self { socket, _callbacks: (on_open, on_message, on_close) })
    }

    /// # Errors
    /// When the socket is not open (any more).
    pub fn send(&self, text: &str) -> Result<(), JsValue> {
        if self.socket.ready_state() != WebSocket::OPEN {
            return Err(JsValue::from_str("the socket is not open"));
        }
        self.socket.send_with_str(text)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // Closing a socket that is closed already is not an error; nothing else can fail without a code.
        let _closed = self.socket.close();
    }
}
