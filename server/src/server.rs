//! The server as a whole: how it starts, and the order in which it stops.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::catalog::{Catalog, CatalogError};
use crate::config::Config;
use crate::dashboard::Dashboard;
use crate::door::{Door, Token, TokenError};
use crate::files::Files;
use crate::http::{self, Http};
use crate::listener::Listener;
use crate::session::{Sessions, tcp};

#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("cannot listen on {address}: {source}")]
    Bind { address: SocketAddr, source: std::io::Error },
    #[error("the new file {name:?} cannot be made: {message}")]
    Create { name: String, message: String },
}

/// A server that accepts connections.
#[derive(Debug)]
pub struct Server {
    config: Config,
    /// Where HTTP and WebSocket are served; the port is the real one.
    pub address: SocketAddr,
    pub tcp_address: Option<SocketAddr>,
    token: Option<Arc<Token>>,
    files: Arc<Files>,
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Server {
    /// Starts to serve.
    ///
    /// # Errors
    /// When a path cannot be served, or an address is taken.
    pub async fn start(config: Config) -> Result<Self, ServeError> {
        let catalog = Catalog::new(&config.paths, config.create, config.read_only)?;
        catalog.remove_abandoned_uploads();
        let token = match (&config.token, config.no_token) {
            (_, true) => None,
            (Some(token), _) => Some(Arc::new(Token::new(token)?)),
            (None, _) => Some(Arc::new(Token::generate()?)),
        };
        let (http_socket, address) = bind(config.bind).await?;
        let tcp_socket = match config.tcp {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        let files = Files::new(catalog, config.file_limits());
        files
            .make_new()
            .await
            .map_err(|(name, error)| ServeError::Create { name, message: error.message })?;
        let server = Self {
            address,
            tcp_address: tcp_socket.as_ref().map(|(_, address)| *address),
            token,
            files,
            tracker: TaskTracker::new(),
            stop: CancellationToken::new(),
            config,
        };
        server.listen(http_socket, tcp_socket.map(|(socket, _)| socket));
        Ok(server)
    }

    fn listen(&self, http_socket: TcpListener, tcp_socket: Option<TcpListener>) {
        let sessions = Arc::new(Sessions::new(
            Arc::clone(&self.files),
            self.config.session_limits(),
            self.config.read_only,
            self.tracker.clone(),
            self.stop.clone(),
        ));
        let listener = Listener {
            places: Arc::new(Semaphore::new(self.config.max_connections)),
            tracker: self.tracker.clone(),
            shutdown: self.stop.clone(),
            header_timeout: self.config.header_timeout(),
        };
        if let Some(socket) = tcp_socket {
            let (sessions, token) = (Arc::clone(&sessions), self.token.clone());
            let connection = move |socket| tcp::run(socket, Arc::clone(&sessions), token.clone());
            tokio::spawn(listener.clone().serve(socket, connection));
        }
        let door = Door::new(
            self.address,
            self.token.clone(),
            &self.config.allow_hosts,
            &self.config.allow_origins,
        );
        let dashboard =
            self.config.dashboard.clone().map_or(Dashboard::Embedded, Dashboard::Folder);
        let downloads = Arc::new(self.config.downloads());
        let uploads = Arc::new(self.config.uploads());
        let (door, dashboard) = (Arc::new(door), Arc::new(dashboard));
        let http = Http { door, sessions, dashboard, downloads, uploads };
        tokio::spawn(listener.serve_http(http_socket, http::router(http)));
    }

    /// The dashboard's address, with the token in a fragment, which browsers keep to themselves.
    pub fn url(&self) -> String {
        let fragment =
            self.token.as_ref().map_or(String::new(), |token| format!("#token={}", token.reveal()));
        format!("http://{}/{fragment}", self.address)
    }

    /// Serves until `shutdown` completes, then stops: no new connections; sessions finish their requests and say
    /// goodbye; files are flushed and closed.
    pub async fn run_until(self, shutdown: impl Future<Output = ()>) {
        shutdown.await;
        tracing::info!("stopping");
        self.stop.cancel();
        self.tracker.close();
        if timeout(self.config.shutdown_time(), self.tracker.wait()).await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
        if timeout(self.config.shutdown_time(), self.files.close_all()).await.is_err() {
            tracing::error!("some files could not be closed in time");
        }
        tracing::info!("stopped");
    }
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let bind_error = |source| ServeError::Bind { address, source };
    let socket = TcpListener::bind(address).await.map_err(bind_error)?;
    let address = socket.local_addr().map_err(bind_error)?;
    Ok((socket, address))
}
