//! A TCP client that does what the test says.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use mobileim_protocol::framing::{self, Frame};
use serde_json::{Value, json};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Client {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Client {
    pub(crate) fn log_in(server: SocketAddr, user: &str) -> Self {
        Self::log_in_with(
            server,
            user,
            &json!({ "loginUserId": user, "loginToken": "t", "firstLoginTime": 0 }),
        )
    }

    /// On a device of this name.
    pub(crate) fn log_in_on(server: SocketAddr, user: &str, device: &str) -> Self {
        Self::log_in_with(
            server,
            user,
            &json!({ "loginUserId": user, "loginToken": "t", "firstLoginTime": 0, "deviceId": device }),
        )
    }

    fn log_in_with(server: SocketAddr, user: &str, login: &Value) -> Self {
        let stream = TcpStream::connect(server).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut client = Self {
            stream,
            received: Vec::new(),
        };
        let content = login.to_string();
        client
            .send(&json!({ "type": 0, "dataContent": content, "from": user, "to": "0" }))
            .unwrap();
        let answer = client.receive().expect("the server answers");
        assert_eq!(answer["type"], 50, "a login answer: {answer}");
        client
    }

    pub(crate) fn send(&mut self, message: &Value) -> io::Result<()> {
        let mut frame = Vec::new();
        framing::write_frame(message.to_string().as_bytes(), &mut frame);
        self.stream.write_all(&frame)
    }

    pub(crate) fn acknowledge(&mut self, user: &str, sender: &str, fp: &str) {
        self.send(&json!({ "type": 4, "dataContent": fp, "from": user, "to": sender }))
            .unwrap();
    }

    /// Waits until the server has handled what was sent: it does so in order, and answers a heartbeat.
    pub(crate) fn see_all_handled(&mut self) {
        self.send(&json!({ "type": 1, "dataContent": "{}", "from": "0", "to": "0" }))
            .unwrap();
        let answer = self.receive().expect("the server stays");
        assert_eq!(answer["type"], 51, "the answer to a heartbeat: {answer}");
    }

    /// The next message; `None` if the server is gone.
    pub(crate) fn receive(&mut self) -> Option<Value> {
        match self.receive_within(PATIENCE) {
            Received::Message(message) => Some(message),
            Received::Gone => None,
            Received::Nothing => panic!("nothing came for {PATIENCE:?}"),
        }
    }

    pub(crate) fn receive_within(&mut self, patience: Duration) -> Received {
        self.stream.set_read_timeout(Some(patience)).unwrap();
        loop {
            if let Frame::Complete { body, consumed } =
                framing::split_frame(&self.received, 1 << 20).unwrap()
            {
                let message = serde_json::from_slice(body).unwrap();
                self.received.drain(..consumed);
                return Received::Message(message);
            }
            let mut buffer = [0; 16 << 10];
            match self.stream.read(&mut buffer) {
                Ok(0) => return Received::Gone,
                Ok(len) => self.received.extend_from_slice(&buffer[..len]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Received::Nothing;
                }
                Err(_) => return Received::Gone,
            }
        }
    }
}

/// What came.
pub(crate) enum Received {
    Message(Value),
    /// Nothing, for as long as the test waits.
    Nothing,
    /// Nothing, and the server is gone.
    Gone,
}

/// A message with QoS; its number is its fingerprint and its text, as long as it is to be.
pub(crate) fn data(from: &str, to: &str, number: usize, len: usize) -> Value {
    let (fp, text) = (number.to_string(), format!("{number:0len$}"));
    json!({ "type": 2, "dataContent": text, "from": from, "to": to, "fp": fp, "QoS": true })
}
