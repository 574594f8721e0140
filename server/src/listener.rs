//! Accepts connections: bounded in number, and in the time they may take to say what they want.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

#[derive(Clone, Debug)]
pub struct Listener {
    /// One place for each connection, of all ports.
    pub places: Arc<Semaphore>,
    pub tracker: TaskTracker,
    pub shutdown: CancellationToken,
    pub header_timeout: Duration,
}

/// What a connection that finds no place is told before it is closed.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 1\r\nconnection: close\r\n\r\n";

/// How long to wait after the operating system refused a connection, such as for want of descriptors.
const AFTER_REFUSAL: Duration = Duration::from_millis(100);

impl Listener {
    /// Serves HTTP until the server stops.
    pub async fn serve_http(self, listener: TcpListener, router: Router) {
        let accept = |socket: TcpStream, place| self.http_connection(socket, place, router.clone());
        self.accept(&listener, FULL, accept).await;
    }

    /// Serves another protocol until the server stops.
    pub async fn serve<F, C>(self, listener: TcpListener, connection: F)
    where
        F: Fn(TcpStream) -> C,
        C: Future<Output = ()> + Send + 'static,
    {
        let accept = |socket: TcpStream, place: OwnedSemaphorePermit| {
            let served = connection(socket);
            self.tracker.spawn(async move {
                served.await;
                drop(place);
            });
        };
        self.accept(&listener, b"", accept).await;
    }

    async fn accept(
        &self,
        listener: &TcpListener,
        full: &[u8],
        serve: impl Fn(TcpStream, OwnedSemaphorePermit),
    ) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.shutdown.cancelled() => return,
            };
            match accepted {
                Ok((socket, peer)) => match Arc::clone(&self.places).try_acquire_owned() {
                    Ok(place) => {
                        // Small answers must not wait for the next ones.
                        if let Err(error) = socket.set_nodelay(true) {
                            tracing::debug!(%error, "TCP_NODELAY");
                        }
                        serve(socket, place);
                    }
                    Err(_) => self.turn_away(socket, peer, full).await,
                },
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(AFTER_REFUSAL).await;
                }
            }
        }
    }

    async fn turn_away(&self, mut socket: TcpStream, peer: SocketAddr, full: &[u8]) {
        tracing::warn!(%peer, "all connections are taken");
        // The socket's buffer is empty, so that this does not wait for the peer.
        if let Err(error) = socket.write_all(full).await {
            tracing::debug!(%error, "the peer did not wait for the refusal");
        }
    }

    fn http_connection(&self, socket: TcpStream, place: OwnedSemaphorePermit, router: Router) {
        let shutdown = self.shutdown.clone();
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.header_timeout)
            .serve_connection(TokioIo::new(socket), TowerToHyperService::new(router))
            .with_upgrades();
        self.tracker.spawn(async move {
            let mut connection = std::pin::pin!(connection);
            let served = tokio::select! {
                served = connection.as_mut() => served,
                () = shutdown.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = served {
                tracing::debug!(%error, "an HTTP connection ended early");
            }
            drop(place);
        });
    }
}
