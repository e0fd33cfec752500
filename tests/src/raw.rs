//! Connections without a client engine: bodies go out and come in as they are.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use mobileim_protocol::Transport;
use mobileim_protocol::framing::{self, Frame};
use mobileim_server::Addresses;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::certificate::TestCertificate;

/// How long a test waits for what must come.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// What came from the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// A body.
    Body(String),
    /// The server closed the connection; on `WebSocket` with this code.
    Closed(Option<u16>),
    /// A `WebSocket` Ping, answered.
    Ping,
}

/// A connection to a server.
pub struct RawConnection {
    wire: Wire,
}

enum Wire {
    Tcp {
        stream: Box<dyn Bytes>,
        received: Vec<u8>,
    },
    Udp(UdpSocket),
    WebSocket(Box<WebSocketStream<Box<dyn Bytes>>>),
}

/// A stream of bytes, encrypted or not.
trait Bytes: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Bytes for T {}

impl RawConnection {
    /// Connects over one of the transports.
    pub async fn open(transport: Transport, addresses: &Addresses) -> Self {
        let address = match transport {
            Transport::Tcp => addresses.tcp,
            Transport::Udp => addresses.udp,
            Transport::WebSocket => addresses.websocket,
        };
        Self::open_at(transport, address.expect("the listener is on")).await
    }

    /// The same, if the address is known.
    pub async fn open_at(transport: Transport, address: SocketAddr) -> Self {
        let wire = Self::try_open(transport, address).await;
        Self {
            wire: wire.expect("the server accepts connections"),
        }
    }

    /// The same, encrypted.
    pub async fn open_tls(
        transport: Transport,
        address: SocketAddr,
        certificate: &TestCertificate,
    ) -> Self {
        let stream = certificate.connect(address).await;
        let stream = stream.expect("the server does the handshake");
        Self {
            wire: Self::over(transport, address, Box::new(stream))
                .await
                .expect("the server upgrades"),
        }
    }

    /// Speaks over a connection on which something else was said before.
    pub async fn open_on(transport: Transport, stream: TcpStream) -> Self {
        let address = stream.peer_addr().unwrap();
        Self {
            wire: Self::over(transport, address, Box::new(stream))
                .await
                .expect("the server upgrades"),
        }
    }

    /// Speaks through a proxy, over a connection that is encrypted to it; a `WebSocket` begins with these headers too.
    pub async fn open_through(
        transport: Transport,
        proxy: SocketAddr,
        stream: TlsStream<TcpStream>,
        headers: &[(&'static str, &'static str)],
    ) -> Self {
        let wire = Self::over_with(transport, proxy, Box::new(stream), headers).await;
        Self {
            wire: wire.expect("the upgrade passes through the proxy"),
        }
    }

    async fn try_open(transport: Transport, address: SocketAddr) -> io::Result<Wire> {
        if transport == Transport::Udp {
            let socket = UdpSocket::bind("127.0.0.1:0").await?;
            socket.connect(address).await?;
            return Ok(Wire::Udp(socket));
        }
        let stream = TcpStream::connect(address).await?;
        Self::over(transport, address, Box::new(stream)).await
    }

    async fn over(
        transport: Transport,
        address: SocketAddr,
        stream: Box<dyn Bytes>,
    ) -> io::Result<Wire> {
        Self::over_with(transport, address, stream, &[]).await
    }

    async fn over_with(
        transport: Transport,
        address: SocketAddr,
        stream: Box<dyn Bytes>,
        headers: &[(&'static str, &'static str)],
    ) -> io::Result<Wire> {
        if transport != Transport::WebSocket {
            let received = Vec::new();
            return Ok(Wire::Tcp { stream, received });
        }
        let url = format!("ws://{address}/websocket");
        let mut request = url.into_client_request().map_err(io::Error::other)?;
        for (name, value) in headers {
            let value = HeaderValue::from_static(value);
            request.headers_mut().insert(*name, value);
        }
        let (socket, _) = tokio_tungstenite::client_async(request, stream)
            .await
            .map_err(io::Error::other)?;
        Ok(Wire::WebSocket(Box::new(socket)))
    }

    /// Connects and logs in.
    pub async fn log_in(transport: Transport, addresses: &Addresses, user: &str) -> Self {
        let mut connection = Self::open(transport, addresses).await;
        let (code, _) = connection.log_in_as(user, "t", 0).await;
        assert_eq!(code, 0, "{user} is let in");
        connection
    }

    /// Sends a LOGIN, and gives the code and firstLoginTime of the answer.
    pub async fn log_in_as(&mut self, user: &str, token: &str, first: i64) -> (i64, i64) {
        self.send(&login(user, token, first)).await;
        let answer = self.receive_json().await;
        assert_eq!(answer["type"], 50, "a login answer: {answer}");
        let content: Value = serde_json::from_str(answer["dataContent"].as_str().unwrap()).unwrap();
        (
            content["code"].as_i64().unwrap(),
            content["firstLoginTime"].as_i64().unwrap(),
        )
    }

    /// Sends a message.
    pub async fn send(&mut self, message: &Value) {
        self.send_body(&message.to_string()).await;
    }

    /// Sends a body, which need not be a message.
    pub async fn send_body(&mut self, body: &str) {
        match &mut self.wire {
            Wire::Tcp { stream, .. } => {
                let mut frame = Vec::new();
                framing::write_frame(body.as_bytes(), &mut frame);
                stream.write_all(&frame).await.unwrap();
            }
            Wire::Udp(socket) => {
                socket.send(body.as_bytes()).await.unwrap();
            }
            Wire::WebSocket(socket) => {
                socket.send(Message::text(body)).await.unwrap();
            }
        }
    }

    /// Sends bytes as they are, without framing; on `WebSocket` as a binary message.
    pub async fn send_bytes(&mut self, bytes: &[u8]) {
        match &mut self.wire {
            Wire::Tcp { stream, .. } => stream.write_all(bytes).await.unwrap(),
            Wire::Udp(socket) => {
                socket.send(bytes).await.unwrap();
            }
            Wire::WebSocket(socket) => {
                socket.send(Message::binary(bytes.to_vec())).await.unwrap();
            }
        }
    }

    /// Waits for whatever comes next.
    pub async fn receive(&mut self) -> Received {
        tokio::time::timeout(PATIENCE, self.next())
            .await
            .expect("the server answers")
    }

    /// Waits for a message.
    pub async fn receive_json(&mut self) -> Value {
        loop {
            match self.receive().await {
                Received::Body(body) => return serde_json::from_str(&body).unwrap(),
                Received::Ping => {}
                Received::Closed(code) => panic!("closed ({code:?}) instead of a message"),
            }
        }
    }

    /// Waits until the server closes, with nothing before.
    pub async fn expect_closed(&mut self) -> Option<u16> {
        match self.receive().await {
            Received::Closed(code) => code,
            other => panic!("{other:?} instead of the end"),
        }
    }

    /// Waits for the end of a `WebSocket`, and gives its code and reason.
    pub async fn close_frame(&mut self) -> (u16, String) {
        let Wire::WebSocket(socket) = &mut self.wire else {
            panic!("only a WebSocket says why it ends");
        };
        let end = async {
            loop {
                if let Message::Close(frame) = socket.next().await.unwrap().unwrap() {
                    let frame = frame.expect("with a code");
                    return (frame.code.into(), frame.reason.to_string());
                }
            }
        };
        let end = tokio::time::timeout(PATIENCE, end).await;
        end.expect("the server closes")
    }

    /// Sees that nothing comes for a while.
    pub async fn expect_silence(&mut self, duration: Duration) {
        if let Ok(received) = tokio::time::timeout(duration, self.next()).await {
            panic!("{received:?} where nothing should come");
        }
    }

    async fn next(&mut self) -> Received {
        match &mut self.wire {
            Wire::Tcp { stream, received } => next_frame(stream, received).await,
            Wire::Udp(socket) => loop {
                let mut buffer = vec![0; 65_535];
                let len = socket.recv(&mut buffer).await.unwrap();
                buffer.truncate(len);
                let body = String::from_utf8(buffer).unwrap();
                match proof(&body) {
                    Some(proof) => {
                        socket.send(proof.to_string().as_bytes()).await.unwrap();
                    }
                    None => return Received::Body(body),
                }
            },
            Wire::WebSocket(socket) => match socket.next().await {
                Some(Ok(Message::Text(body))) => Received::Body(body.to_string()),
                Some(Ok(Message::Ping(_))) => Received::Ping,
                Some(Ok(Message::Close(close))) => {
                    Received::Closed(close.map(|close| close.code.into()))
                }
                None | Some(Err(Error::ConnectionClosed | Error::Protocol(_) | Error::Io(_))) => {
                    Received::Closed(None)
                }
                other => panic!("unexpected: {other:?}"),
            },
        }
    }
}

/// The acknowledgement that proves to a server that this address receives, if it asks for one.
fn proof(body: &str) -> Option<Value> {
    let message: Value = serde_json::from_str(body).ok()?;
    let asks = message["type"] == 51 && message["QoS"] == true;
    let fp = message["fp"].as_str().filter(|_| asks)?;
    Some(received(message["to"].as_str()?, "0", fp))
}

async fn next_frame(stream: &mut Box<dyn Bytes>, received: &mut Vec<u8>) -> Received {
    loop {
        if let Frame::Complete { body, consumed } =
            framing::split_frame(received, 1 << 20).expect("the server's frames are small")
        {
            let body = String::from_utf8(body.to_vec()).unwrap();
            received.drain(..consumed);
            return Received::Body(body);
        }
        let end = stream.read_buf(received).await;
        assert!(
            !matches!(&end, Err(error) if error.kind() == io::ErrorKind::ConnectionReset),
            "the server resets the connection"
        );
        if end.unwrap() == 0 {
            return Received::Closed(None);
        }
    }
}

/// A LOGIN.
pub fn login(user: &str, token: &str, first_login_time: i64) -> Value {
    login_with(&json!({
        "loginUserId": user,
        "loginToken": token,
        "firstLoginTime": first_login_time,
    }))
}

/// A LOGIN with this payload, written as the original's clients do.
pub fn login_with(payload: &Value) -> Value {
    let (content, user) = (payload.to_string(), &payload["loginUserId"]);
    json!({
        "bridge": false, "type": 0, "dataContent": content, "from": user, "to": "0",
        "QoS": false, "typeu": -1, "sm": -1,
    })
}

/// A message with QoS; `from` says who the sender pretends to be.
pub fn data(from: &str, to: &str, fp: &str, text: &str) -> Value {
    json!({ "type": 2, "dataContent": text, "from": from, "to": to, "fp": fp, "QoS": true })
}

/// An acknowledgement.
pub fn received(from: &str, to: &str, fp: &str) -> Value {
    json!({ "type": 4, "dataContent": fp, "from": from, "to": to })
}
