//! What is taken although no writer of JSON should write it, since the original takes it; and is passed on as it should be.

use mobileim_protocol::Transport;
use mobileim_tests::raw::{RawConnection, Received};

use crate::{TRANSPORTS, start};

/// A message as it is passed on.
fn passed_on(content: &str) -> String {
    format!(
        r#"{{"bridge":false,"type":2,"dataContent":"{content}","from":"1001","to":"1002","QoS":false,"typeu":7,"sm":-1}}"#
    )
}

#[tokio::test]
async fn a_message_is_passed_on_in_the_canonical_form_however_it_was_written() {
    let server = start().await;
    for transport in TRANSPORTS {
        let mut alice = RawConnection::log_in(transport, server.addresses(), "1001").await;
        let mut bob = RawConnection::log_in(transport, server.addresses(), "1002").await;
        for (content, read) in [
            ("1.50", "1.50"),
            ("-0", "-0"),
            ("false", "false"),
            ("\"line\r\nfeed\"", r"line\r\nfeed"),
            (r#""half \ud83d of one""#, "half \u{fffd} of one"),
            (r#""it\'s""#, "it's"),
        ] {
            let body = format!(
                r#"{{"sm":"-1","typeu":"7.0","QoS":"false","to":1002,"from":7,"dataContent":{content},"type":2.0,"x":1.5}}"#
            );
            alice.send_body(&body).await;
            assert_eq!(bob.receive().await, Received::Body(passed_on(read)));
        }
    }
}

#[tokio::test]
async fn bytes_that_are_not_utf8_are_replaced() {
    let server = start().await;
    for transport in [Transport::Tcp, Transport::Udp] {
        let mut alice = RawConnection::log_in(transport, server.addresses(), "1001").await;
        let mut bob = RawConnection::log_in(transport, server.addresses(), "1002").await;
        let mut body = br#"{"type":2,"to":"1002","typeu":7,"sm":-1,"dataContent":"cut "#.to_vec();
        body.extend_from_slice(&"你".as_bytes()[..2]);
        body.extend_from_slice(b"\"}");
        let mut bytes = Vec::new();
        if transport == Transport::Tcp {
            mobileim_protocol::framing::write_frame(&body, &mut bytes);
        } else {
            bytes = body;
        }
        alice.send_bytes(&bytes).await;
        let expected = passed_on("cut \u{fffd}");
        assert_eq!(bob.receive().await, Received::Body(expected));
    }
}
