//! The fake server's three transports.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::{SinkExt as _, StreamExt as _};
use mobileim_client::Transport;
use mobileim_protocol::framing::write_frame;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio_tungstenite::tungstenite::Message as Frame;

use super::{Certificate, Incoming, Peer};

/// Both ends of a peer's two channels.
fn peer() -> (
    Peer,
    mpsc::UnboundedSender<Incoming>,
    mpsc::UnboundedReceiver<String>,
) {
    let (incoming_sender, incoming) = mpsc::unbounded_channel();
    let (outgoing, outgoing_receiver) = mpsc::unbounded_channel();
    (
        Peer { incoming, outgoing },
        incoming_sender,
        outgoing_receiver,
    )
}

/// Starts to listen; says where.
pub(crate) async fn serve(
    transport: Transport,
    address: SocketAddr,
    certificate: Option<&Certificate>,
    peers: mpsc::UnboundedSender<Peer>,
) -> (SocketAddr, JoinHandle<()>) {
    if transport == Transport::Udp {
        let socket = UdpSocket::bind(address).await.unwrap();
        let address = socket.local_addr().unwrap();
        return (address, tokio::spawn(serve_udp(socket, peers)));
    }
    let listener = TcpListener::bind(address).await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = certificate.map(Certificate::acceptor);
    let task = tokio::spawn(async move {
        // Ends with the server.
        let mut links = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let (peers, acceptor) = (peers.clone(), acceptor.clone());
            links.spawn(async move {
                match acceptor {
                    Some(acceptor) => {
                        // A handshake that fails is a client that does not trust us.
                        if let Ok(stream) = acceptor.accept(stream).await {
                            serve_stream(transport, stream, peers).await;
                        }
                    }
                    None => serve_stream(transport, stream, peers).await,
                }
            });
        }
    });
    (address, task)
}

async fn serve_stream(
    transport: Transport,
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peers: mpsc::UnboundedSender<Peer>,
) {
    if transport == Transport::WebSocket {
        serve_websocket(stream, peers).await;
    } else {
        serve_tcp(stream, peers).await;
    }
}

async fn serve_tcp(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peers: mpsc::UnboundedSender<Peer>,
) {
    let (peer, incoming, mut outgoing) = peer();
    let _ = peers.send(peer);
    let (mut reader, mut writer) = tokio::io::split(stream);
    let read = async {
        while let Ok(len) = reader.read_u32().await {
            let mut body = vec![0; usize::try_from(len).unwrap()];
            if reader.read_exact(&mut body).await.is_err() {
                break;
            }
            let _ = incoming.send(Some(String::from_utf8(body).unwrap()));
        }
        let _ = incoming.send(None);
        std::future::pending::<()>().await;
    };
    let write = async {
        while let Some(body) = outgoing.recv().await {
            let mut frame = Vec::new();
            write_frame(body.as_bytes(), &mut frame);
            // In two parts, so that every frame has to be put together.
            let (first, second) = frame.split_at(frame.len() / 2);
            for part in [first, second] {
                if writer.write_all(part).await.is_err() || writer.flush().await.is_err() {
                    return;
                }
                tokio::task::yield_now().await;
            }
        }
        let _ = writer.shutdown().await;
    };
    tokio::select! { () = read => {} () = write => {} }
}

async fn serve_websocket(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peers: mpsc::UnboundedSender<Peer>,
) {
    let (peer, incoming, mut outgoing) = peer();
    let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
    let _ = peers.send(peer);
    loop {
        tokio::select! {
            frame = socket.next() => match frame {
                Some(Ok(Frame::Text(text))) => drop(incoming.send(Some(text.to_string()))),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break drop(incoming.send(None)),
            },
            body = outgoing.recv() => match body {
                Some(body) => socket.send(Frame::text(body)).await.unwrap(),
                None => break drop(socket.close(None).await),
            },
        }
    }
}

async fn serve_udp(socket: UdpSocket, peers: mpsc::UnboundedSender<Peer>) {
    let socket = Arc::new(socket);
    let mut senders: HashMap<SocketAddr, mpsc::UnboundedSender<Incoming>> = HashMap::new();
    let mut links = JoinSet::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        // A client's closed port is reported here.
        let Ok((len, from)) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        let incoming = senders.entry(from).or_insert_with(|| {
            let (peer, incoming, mut outgoing) = peer();
            let _ = peers.send(peer);
            let socket = Arc::clone(&socket);
            links.spawn(async move {
                while let Some(body) = outgoing.recv().await {
                    let _ = socket.send_to(body.as_bytes(), from).await;
                }
            });
            incoming
        });
        let body = String::from_utf8(buffer[..len].to_vec()).unwrap();
        let _ = incoming.send(Some(body));
    }
}
