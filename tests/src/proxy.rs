//! A stretch of network between client and server that a test can cut.

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Passes connections on to one server.
#[derive(Debug)]
pub struct Proxy {
    /// `host:port`.
    pub authority: String,
    /// How often the network was cut.
    cuts: watch::Sender<u32>,
}

impl Proxy {
    pub async fn before(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let (cuts, cut) = watch::channel(0);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, mut cut) = (server.clone(), cut.clone());
                cut.mark_unchanged();
                tokio::spawn(async move { pass_on(client, &server, cut).await });
            }
        });
        Self { authority, cuts }
    }

    /// Ends every connection there is; later ones pass.
    pub fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

async fn pass_on(mut client: TcpStream, server: &str, mut cut: watch::Receiver<u32>) {
    // Without a server the client finds its connection closed, as it should.
    let Ok(mut server) = TcpStream::connect(server).await else { return };
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => {}
        _ = cut.changed() => {}
    }
}
