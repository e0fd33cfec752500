//! A client of one connection.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

/// A client that is logged in over TCP.
pub(crate) struct Client(TcpStream);

impl Client {
    pub(crate) fn log_in(tcp: &str, user: &str) -> Self {
        let mut client = Self(TcpStream::connect(tcp).unwrap());
        let content = json!({ "loginUserId": user, "loginToken": "", "firstLoginTime": 0 });
        client.send(
            &json!({ "type": 0, "from": user, "to": "0", "dataContent": content.to_string() }),
        );
        assert_eq!(client.receive()["type"], 50);
        client
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        self.0
            .write_all(&[&length, body.as_bytes()].concat())
            .unwrap();
    }

    pub(crate) fn says(&mut self, to: &str, text: &str) {
        self.send(&json!({ "type": 2, "to": to, "fp": text, "QoS": true, "dataContent": text }));
    }

    pub(crate) fn receive(&mut self) -> Value {
        let mut length = [0; 4];
        self.0.read_exact(&mut length).unwrap();
        let mut body = vec![0; u32::from_be_bytes(length).try_into().unwrap()];
        self.0.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    pub(crate) fn error(&mut self) -> Value {
        let error = self.receive();
        assert_eq!(error["type"], 52, "{error}");
        serde_json::from_str(error["dataContent"].as_str().unwrap()).unwrap()
    }
}
