//! Connections that say whatever a test wants, well-formed or not.

use futures::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::{HeaderMap, HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::deadline::within;
use crate::server::TestServer;

/// A WebSocket on which nothing is checked before it is sent.
#[derive(Debug)]
pub struct RawSocket(WebSocketStream<TcpStream>);

/// What a server says, as far as a test cares.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    Message(Value),
    Binary {
        header: Value,
        values: Vec<u8>,
    },
    /// The close code, or `None` when the connection just ended.
    Closed(Option<u16>),
}

impl RawSocket {
    /// Connects with the server's token and subprotocol.
    pub async fn connect(server: &TestServer) -> Self {
        let token = format!("Bearer {}", server.token());
        let headers = [("authorization", &*token), ("sec-websocket-protocol", "hdf5-async.v1")];
        Self::connect_with(server, &headers).await.unwrap()
    }

    /// Connects with exactly these headers besides the WebSocket's own; one named `host` replaces that.
    ///
    /// # Errors
    /// The HTTP answer, when the server does not let the socket in.
    pub async fn connect_with(
        server: &TestServer,
        headers: &[(&str, &str)],
    ) -> Result<Self, (u16, Value)> {
        let mut request = server.address.endpoint().into_client_request().unwrap();
        let map: &mut HeaderMap = request.headers_mut();
        for (name, value) in headers {
            map.insert(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
        }
        let stream = TcpStream::connect(server.address.authority()).await.unwrap();
        match within("the handshake", client_async(request, stream)).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(tungstenite::Error::Http(response)) => {
                let body = response.body().as_deref().unwrap_or_default();
                Err((
                    response.status().as_u16(),
                    serde_json::from_slice(body).unwrap_or(Value::Null),
                ))
            }
            Err(error) => panic!("neither accepted nor refused: {error}"),
        }
    }

    pub async fn text(&mut self, text: &str) {
        within("sending", self.0.send(Message::text(text))).await.unwrap();
    }

    /// Sends, and does not mind when the server closes meanwhile.
    pub async fn text_regardless(&mut self, text: String) {
        drop(within("sending", self.0.send(Message::text(text))).await);
    }

    pub async fn binary(&mut self, bytes: Vec<u8>) {
        within("sending", self.0.send(Message::binary(bytes))).await.unwrap();
    }

    /// The next message, without waiting for the WebSocket's own.
    pub async fn hear(&mut self) -> Heard {
        loop {
            match within("a message", self.0.next()).await {
                Some(Ok(Message::Text(text))) => {
                    return Heard::Message(serde_json::from_str(&text).unwrap());
                }
                Some(Ok(Message::Binary(bytes))) => {
                    let (header, values) = hdf5_async_protocol::frame::decode(&bytes).unwrap();
                    let header = serde_json::from_str(header).unwrap();
                    return Heard::Binary { header, values: values.to_vec() };
                }
                Some(Ok(Message::Close(frame))) => {
                    return Heard::Closed(frame.map(|frame| frame.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Heard::Closed(None),
            }
        }
    }

    /// Waits for the server's next ping, and answers it.
    pub async fn hear_ping(&mut self) {
        loop {
            match within("a ping", self.0.next()).await {
                Some(Ok(Message::Ping(_))) => {
                    return within("the pong", self.0.flush()).await.unwrap();
                }
                Some(Ok(_)) => {}
                end => panic!("{end:?} instead of a ping"),
            }
        }
    }

    /// The next message, which must be JSON.
    pub async fn json(&mut self) -> Value {
        match self.hear().await {
            Heard::Message(message) => message,
            other => panic!("{other:?} instead of a JSON message"),
        }
    }

    /// Asks for something that must work, and returns the reply.
    pub async fn ok(&mut self, request: Value) -> Value {
        let answer = self.ask(&request).await;
        assert_eq!(answer["status"], "success", "{request} was answered {answer}");
        answer
    }

    /// Asks for something that must be refused, and returns the error's code.
    pub async fn refused(&mut self, request: Value) -> String {
        let answer = self.ask(&request).await;
        assert_eq!(answer["status"], "error", "{request} was answered {answer}");
        assert!(answer["message"].as_str().is_some_and(|message| message.len() > 5), "{answer}");
        answer["code"].as_str().unwrap().to_owned()
    }

    /// Sends a request and returns the next answer; events in between are dropped.
    pub async fn ask(&mut self, request: &Value) -> Value {
        self.text(&request.to_string()).await;
        loop {
            let message = self.json().await;
            if message.get("status").is_some() {
                return message;
            }
        }
    }
}

/// A connection to the plain TCP port.
#[derive(Debug)]
pub struct RawTcp(TcpStream);

impl RawTcp {
    pub async fn connect(server: &TestServer) -> Self {
        let address = server.tcp.as_ref().expect("the server was started with --tcp");
        Self(TcpStream::connect(address).await.unwrap())
    }

    /// Sends bytes as they are.
    pub async fn bytes(&mut self, bytes: &[u8]) {
        within("sending", self.0.write_all(bytes)).await.unwrap();
    }

    /// Sends a message behind its length.
    pub async fn message(&mut self, message: &[u8]) {
        let length = u32::try_from(message.len()).unwrap();
        self.bytes(&length.to_be_bytes()).await;
        self.bytes(message).await;
    }

    /// The next message; `None` when the server has closed.
    pub async fn hear(&mut self) -> Option<Value> {
        let mut length = [0; 4];
        within("a message", self.0.read_exact(&mut length)).await.ok()?;
        let mut message = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
        within("the rest of a message", self.0.read_exact(&mut message)).await.ok()?;
        Some(serde_json::from_slice(&message).unwrap())
    }

    pub async fn ask(&mut self, request: &Value) -> Value {
        self.message(request.to_string().as_bytes()).await;
        self.hear().await.expect("an answer")
    }
}

/// One HTTP request as text, and the whole answer.
pub async fn http(server: &TestServer, request: &str) -> String {
    let mut stream = TcpStream::connect(server.address.authority()).await.unwrap();
    within("sending", stream.write_all(request.as_bytes())).await.unwrap();
    let mut answer = Vec::new();
    within("the answer", stream.read_to_end(&mut answer)).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}
