//! Bytes as what comes from the network.

use bytes::BytesMut;
use mobileim_protocol::framing::{Frame, HEADER_LEN, split_frame, write_frame};
use mobileim_protocol::payload::{self, ErrorResponse, Kickout, LoginRequest, LoginResponse};
use mobileim_protocol::{Question, QuestionAnswer, decode, encode, encode_question};

/// The longest body that the framing is told to allow.
const LIMIT: usize = 4096;

/// A body: a message or not. What was read is written so that it reads the same.
pub fn codec(body: &[u8]) {
    let Ok(message) = decode(body) else {
        return;
    };
    let written = encode(&message);
    let again = decode(written.as_bytes()).expect("what is written can be read");
    assert_eq!(again, message);
    assert_eq!(encode(&again), written);
    assert_eq!(message.clone().into_owned(), message);
    let content = message.content.as_deref();
    same_again::<LoginRequest>(content);
    same_again::<LoginResponse>(content);
    same_again::<ErrorResponse>(content);
    same_again::<Kickout>(content);
    same_again::<QuestionAnswer>(content);
    question(content);
}

/// The parameters of a question or not: whatever they are, what is written is that question.
fn question(content: Option<&str>) {
    let known = Question::decode(content);
    let written = encode_question("devices", content.unwrap_or_default());
    assert!(known.is_err() || written.is_ok(), "{known:?} is an object");
    if let Ok(written) = written {
        assert_eq!(Question::decode(Some(&written)), Ok(Question::Devices));
    }
}

fn same_again<T>(content: Option<&str>)
where
    T: payload::Payload + PartialEq + std::fmt::Debug,
{
    if let Ok(payload) = payload::decode::<T>(content) {
        let written = payload::encode(&payload);
        let again: T = payload::decode(Some(&written)).expect("what is written can be read");
        assert_eq!(again, payload);
    }
}

/// A stream, in pieces as long as its first bytes say: the frames are the same as of the whole.
pub fn framing(input: &[u8]) {
    let Some((pieces, stream)) = input.split_first_chunk::<4>() else {
        return;
    };
    let whole = frames(stream, stream.len().max(1));
    for piece in pieces {
        assert_eq!(frames(stream, usize::from(*piece).max(1)), whole);
    }
    let mut written = BytesMut::new();
    for body in &whole.0 {
        write_frame(body, &mut written);
    }
    assert_eq!(written, stream[..written.len()], "written as it was read");
}

/// The bodies in a stream that comes in pieces of this length, and whether it ended with a frame too long.
fn frames(stream: &[u8], piece: usize) -> (Vec<Vec<u8>>, bool) {
    let mut bodies = Vec::new();
    let mut received = Vec::new();
    for piece in stream.chunks(piece) {
        received.extend_from_slice(piece);
        loop {
            match split_frame(&received, LIMIT) {
                Ok(Frame::Complete { body, consumed }) => {
                    assert_eq!(consumed, HEADER_LEN + body.len());
                    bodies.push(body.to_vec());
                    received.drain(..consumed);
                }
                Ok(Frame::Incomplete { missing }) => {
                    assert!((1..=LIMIT).contains(&missing), "{missing} bytes missing");
                    break;
                }
                Err(error) => {
                    assert!(usize::try_from(error.announced).is_ok_and(|len| len > LIMIT));
                    return (bodies, true);
                }
            }
        }
    }
    (bodies, false)
}
