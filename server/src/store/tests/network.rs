//! A way to a database that can stop to carry anything, without a word.

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Carries connections to a port of this machine.
pub(super) struct Network {
    port: u16,
    /// How often it froze.
    frozen: watch::Sender<u64>,
}

impl Network {
    pub(super) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (frozen, freezing) = watch::channel(0);
        let network = Self {
            port: listener.local_addr().unwrap().port(),
            frozen,
        };
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, port, freezing.clone()));
            }
        });
        network
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// From now on nothing comes through on the connections there are. They are not closed; new ones work.
    pub(super) fn freeze_what_is_connected(&self) {
        self.frozen.send_modify(|count| *count += 1);
    }
}

async fn carry(mut near: TcpStream, port: u16, mut freezing: watch::Receiver<u64>) {
    freezing.mark_unchanged();
    let mut far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    tokio::select! {
        _ = copy_bidirectional(&mut near, &mut far) => {}
        _ = freezing.changed() => {
            // As long as the test takes.
            std::future::pending::<()>().await;
        }
    }
}
