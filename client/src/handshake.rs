//! From an address to an open session: TCP, WebSocket with the token, `hello`.

use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _};
use hdf5_async_protocol::message::command::Hello;
use hdf5_async_protocol::message::{Command, Outcome, Request, RequestId, Terms, reply};
use hdf5_async_protocol::{PROTOCOL_VERSION, SUBPROTOCOL};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::{self, HeaderValue, header};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::error::{CallError, ConnectError};
use crate::incoming::{Incoming, Kind};
use crate::options::ConnectOptions;

pub(crate) type Socket = WebSocketStream<TcpStream>;

/// The id of `hello`; calls count from 1.
const HELLO_ID: i64 = 0;

/// Opens a session within the options' timeout.
pub(crate) async fn open(options: &ConnectOptions) -> Result<(Socket, reply::Hello), ConnectError> {
    let timeout = options.limits.connect_timeout;
    let opened = tokio::time::timeout(timeout, open_patiently(options)).await;
    opened.unwrap_or_else(|_| {
        Err(ConnectError::TimedOut {
            address: options.address.to_string(),
            seconds: timeout.as_secs_f64(),
        })
    })
}

async fn open_patiently(options: &ConnectOptions) -> Result<(Socket, reply::Hello), ConnectError> {
    let address = options.address.to_string();
    let unreachable = |source: tungstenite::Error| match source {
        tungstenite::Error::Http(response) => refused(address.clone(), &response),
        source => ConnectError::Unreachable { address: address.clone(), source: Box::new(source) },
    };
    let stream = TcpStream::connect(options.address.authority())
        .await
        .map_err(|error| unreachable(error.into()))?;
    // A request is small and waits for its answer: never hold it back for more.
    stream.set_nodelay(true).map_err(|error| unreachable(error.into()))?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(options.limits.max_message_bytes))
        .max_frame_size(Some(options.limits.max_message_bytes));
    let (mut socket, _) = client_async_with_config(request(options)?, stream, Some(config))
        .await
        .map_err(unreachable)?;
    let hello = say_hello(&mut socket, options)
        .await
        .map_err(|source| ConnectError::Hello { address, source: Box::new(source) })?;
    if hello.version != PROTOCOL_VERSION {
        return Err(ConnectError::Version { ours: PROTOCOL_VERSION, theirs: hello.version });
    }
    Ok((socket, hello))
}

fn request(options: &ConnectOptions) -> Result<http::Request<()>, ConnectError> {
    let address = &options.address;
    let mut request = address.endpoint().into_client_request().map_err(|source| {
        ConnectError::Unreachable { address: address.to_string(), source: Box::new(source) }
    })?;
    let headers = request.headers_mut();
    headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    if let Some(token) = &address.token {
        let mut value =
            HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| ConnectError::Token)?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
    }
    Ok(request)
}

fn refused(address: String, response: &http::Response<Option<Vec<u8>>>) -> ConnectError {
    let status = response.status();
    let body = response.body().as_deref().map(String::from_utf8_lossy).unwrap_or_default();
    let reason = match Incoming::from_text(Bytes::copy_from_slice(body.as_bytes())) {
        Ok(incoming) => incoming.error().to_string(),
        Err(_) if body.trim().is_empty() => {
            status.canonical_reason().unwrap_or_default().to_owned()
        }
        Err(_) => body.trim().chars().take(200).collect(),
    };
    ConnectError::Refused { address, status: status.as_u16(), reason }
}

async fn say_hello(
    socket: &mut Socket,
    options: &ConnectOptions,
) -> Result<reply::Hello, CallError> {
    let hello = Hello { version: Some(PROTOCOL_VERSION), name: options.name.clone(), token: None };
    let terms = Terms { durability: options.durability, ..Terms::default() };
    let text = request_text(HELLO_ID, None, terms, hello.into());
    socket.send(Message::text(text)).await.map_err(|error| lost(&error))?;
    loop {
        let Some(incoming) = next(socket).await? else { continue };
        if incoming.head.id == Some(RequestId::Number(HELLO_ID)) {
            return match incoming.kind()? {
                Kind::Success => Ok(incoming.body("hello")?),
                Kind::Error | Kind::Event => Err(incoming.error()),
            };
        }
    }
}

/// The next message; `None` for the WebSocket's own.
///
/// # Cancel safety
/// Nothing is lost when the future is dropped.
pub(crate) async fn next(socket: &mut Socket) -> Result<Option<Incoming>, CallError> {
    read(socket.next().await)
}

/// What came out of the socket, as a message of the protocol.
pub(crate) fn read(
    message: Option<Result<Message, tungstenite::Error>>,
) -> Result<Option<Incoming>, CallError> {
    match message {
        Some(Ok(Message::Text(text))) => Ok(Some(Incoming::from_text(text.into())?)),
        Some(Ok(Message::Binary(message))) => Ok(Some(Incoming::from_binary(&message)?)),
        Some(Ok(Message::Close(frame))) => {
            Err(CallError::ConnectionLost { reason: closed(frame), outcome: Outcome::NotApplied })
        }
        Some(Ok(_)) => Ok(None),
        Some(Err(error)) => Err(lost(&error)),
        None => Err(CallError::ConnectionLost {
            reason: "the server ended the connection".to_owned(),
            outcome: Outcome::NotApplied,
        }),
    }
}

fn closed(frame: Option<CloseFrame>) -> String {
    match frame {
        Some(frame) => format!(
            "the server closed the connection with code {}: {}",
            u16::from(frame.code),
            frame.reason
        ),
        None => "the server closed the connection".to_owned(),
    }
}

fn lost(error: &tungstenite::Error) -> CallError {
    CallError::ConnectionLost { reason: error.to_string(), outcome: Outcome::NotApplied }
}

/// A request as it goes over the wire.
pub(crate) fn request_text(
    id: i64,
    file: Option<String>,
    terms: Terms,
    command: Command,
) -> String {
    let request = Request { id: Some(RequestId::Number(id)), file, terms, command };
    // Commands are plain data with text keys; such a thing always has a JSON form.
    serde_json::to_string(&request).unwrap_or_default()
}
