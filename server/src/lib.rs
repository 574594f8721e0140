//! The HDF5 Async server.
//!
//! A connection comes in through [`listener`] and [`http`], past the [`door`], and becomes a [`session`]. Its
//! requests go to the [`files`] they are for; each open [`file`] has one task, which feeds one [`worker`], which
//! is the only one to touch the file ([`store`]). What changes is announced by the file's [`hub`] into the
//! [`outbox`] of every session that asked.

pub mod config;
pub mod listener;
pub mod http;
pub mod door;
pub mod dashboard;
pub mod session;
pub mod catalog;
pub mod files;
pub mod file;
pub mod hub;
pub mod pace;
pub mod outbox;
pub mod crashes;
pub mod worker;
pub mod store;
pub mod clock;

use std::future::Future;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use catalog::{Catalog, CatalogError};
use config::Config;
use dashboard::Dashboard;
use door::{Door, Token, TokenError};
use files::Files;
use http::Http;
use listener::Listener;
use session::{Sessions, tcp};

/// The environment variable that says what is logged; workers inherit it.
pub const LOG_VARIABLE: &str = "HDF5_ASYNC_LOG";

#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("cannot listen on {address}: {source}")]
    Bind { address: SocketAddr, source: std::io::Error },
    #[error("the address cannot be printed: {0}")]
    Print(#[source] std::io::Error),
    #[error("the new file {name:?} cannot be made: {message}")]
    Create { name: String, message: String },
}

/// Serves until `shutdown` completes, then finishes what is under way and closes the files.
///
/// The address goes to `out` as one line once connections are accepted.
///
/// # Errors
/// When the server cannot start.
pub async fn serve(config: Config, out: &mut impl Write, shutdown: impl Future<Output = ()>) -> Result<(), ServeError> {
    let catalog = Catalog::new(&config.paths, config.create, config.read_only)?;
    let token = match (&config.token, config.no_token) {
        (_, true) => None,
        (Some(token), _) => Some(Arc::new(Token::new(token)?)),
        (None, _) => Some(Arc::new(Token::generate()?)),
    };
    let stop = CancellationToken::new();
    let tracker = TaskTracker::new();
    let places = Arc::new(Semaphore::new(config.max_connections));
    let files = Arc::new(Files::new(catalog, config.file_limits()));
    files.make_new().await.map_err(|(name, error)| ServeError::Create { name, message: error.message })?;
    let sessions = Arc::new(Sessions::new(
        Arc::clone(&files),
        config.session_limits(),
        config.read_only,
        tracker.clone(),
        stop.clone(),
    ));
    let listener =
        Listener { places, tracker: tracker.clone(), shutdown: stop.clone(), header_timeout: config.header_timeout() };

    let (http_socket, address) = bind(config.bind).await?;
    if let Some(tcp_address) = config.tcp {
        let (tcp_socket, tcp_address) = bind(tcp_address).await?;
        let (sessions, token) = (Arc::clone(&sessions), token.clone());
        let connection = move |socket| tcp::run(socket, Arc::clone(&sessions), token.clone());
        tokio::spawn(listener.clone().serve(tcp_socket, connection));
        writeln!(out, "tcp://{tcp_address}").map_err(ServeError::Print)?;
    }
    let door = Door::new(address, token.clone(), &config.allow_hosts, &config.allow_origins);
    let dashboard = config.dashboard.clone().map_or(Dashboard::Embedded, Dashboard::Folder);
    let http = Http { door: Arc::new(door), sessions, dashboard: Arc::new(dashboard) };
    tokio::spawn(listener.serve_http(http_socket, http::router(http)));
    let fragment = token.map_or(String::new(), |token| format!("#token={}", token.reveal()));
    writeln!(out, "http://{address}/{fragment}").and_then(|()| out.flush()).map_err(ServeError::Print)?;

    shutdown.await;
    stop_in_order(&config, &stop, &tracker, &files).await;
    Ok(())
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let bind_error = |source| ServeError::Bind { address, source };
    let socket = TcpListener::bind(address).await.map_err(bind_error)?;
    let address = socket.local_addr().map_err(bind_error)?;
    Ok((socket, address))
}

/// No new connections; sessions finish their requests and say goodbye; files are flushed and closed.
async fn stop_in_order(config: &Config, stop: &CancellationToken, tracker: &TaskTracker, files: &Files) {
    tracing::info!("stopping");
    stop.cancel();
    tracker.close();
    if timeout(config.shutdown_time(), tracker.wait()).await.is_err() {
        tracing::warn!("some connections did not end in time");
    }
    if timeout(config.shutdown_time(), files.close_all()).await.is_err() {
        tracing::error!("some files could not be closed in time");
    }
    tracing::info!("stopped");
}
