//! What the server answers over HTTP: the socket, the dashboard, the exchange of the token, its health.

use std::sync::Arc;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Json, Response};
use axum::routing::{any, get, post, put};
use axum::{Router, body::Body};
use hdf5_async_protocol::SUBPROTOCOL;
use hdf5_async_protocol::message::{ErrorCode, ErrorReply};

use crate::dashboard::Dashboard;
use crate::door::{Door, Refusal};
use crate::download::{Downloads, Wanted};
use crate::session::{Sessions, websocket};
use crate::upload::{self, Upload, Uploads};

/// Of a socket's read buffer, in bytes: small, because most connections are idle most of the time.
const READ_BUFFER_BYTES: usize = 16 * 1024;

#[derive(Clone, Debug)]
pub struct Http {
    pub door: Arc<Door>,
    pub sessions: Arc<Sessions>,
    pub dashboard: Arc<Dashboard>,
    pub downloads: Arc<Downloads>,
    pub uploads: Arc<Uploads>,
}

pub fn router(http: Http) -> Router {
    Router::new()
        .route("/ws", any(upgrade))
        .route("/session", post(open_session))
        .route("/health", get(health))
        .route("/download/{*name}", get(download))
        .route("/upload/{*name}", put(take_upload))
        .fallback(get(page))
        .layer(middleware::from_fn_with_state(http.clone(), check_origin))
        .with_state(http)
}

async fn check_origin(State(http): State<Http>, request: Request, next: Next) -> Response {
    match http.door.check_origin(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => turn_away(&refusal),
    }
}

fn turn_away(refusal: &Refusal) -> Response {
    tracing::warn!(%refusal, "turned away");
    let code = match refusal {
        Refusal::Token => ErrorCode::Unauthorized,
        Refusal::Host { .. } | Refusal::Origin { .. } => ErrorCode::InvalidRequest,
    };
    (refusal.status(), Json(ErrorReply::new(code, refusal.to_string()))).into_response()
}

async fn upgrade(
    State(http): State<Http>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if let Err(refusal) = http.door.check_token(&headers) {
        return turn_away(&refusal);
    }
    let Some(session) = http.sessions.open(true) else {
        let error =
            ErrorReply::new(ErrorCode::LimitExceeded, "all of the server's connections are taken");
        return (StatusCode::SERVICE_UNAVAILABLE, Json(error)).into_response();
    };
    let max_message_bytes = http.sessions.limits.max_message_bytes;
    upgrade
        .protocols([SUBPROTOCOL])
        .max_message_size(max_message_bytes)
        .max_frame_size(max_message_bytes)
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .on_upgrade(move |socket| {
            http.sessions.tracker.clone().track_future(websocket::run(socket, session))
        })
}

/// Exchanges the token for a cookie that the page's scripts cannot read.
async fn open_session(State(http): State<Http>, headers: HeaderMap) -> Response {
    if let Err(refusal) = http.door.check_token(&headers) {
        return turn_away(&refusal);
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Some(cookie) = http.door.set_cookie() {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

async fn download(
    State(http): State<Http>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    if let Err(refusal) = http.door.check_token(&headers) {
        return turn_away(&refusal);
    }
    http.downloads.respond(http.sessions.files.catalog(), name, Wanted::of(&headers)).await
}

async fn take_upload(
    State(http): State<Http>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    if let Err(refusal) = http.door.check_token(&headers) {
        return turn_away(&refusal);
    }
    let files = Arc::clone(&http.sessions.files);
    upload::answer(match Upload::new(name, uri.query(), &headers) {
        Ok(upload) => http.uploads.receive(files, upload, body).await,
        Err(error) => Err(error),
    })
}

async fn health(State(http): State<Http>) -> Json<serde_json::Value> {
    Json(serde_json::json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "open_files": http.sessions.files.n_open(),
    }))
}

async fn page(State(http): State<Http>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    http.dashboard.respond(uri.path(), &headers)
}
