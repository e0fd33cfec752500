//! TCP framing: any split, any joining, no oversized frame.

use mobileim_protocol::framing::{Frame, OversizedFrame, split_frame, write_frame};
use proptest::prelude::*;

#[test]
fn a_frame_is_a_big_endian_length_and_the_body() {
    let mut buffer = Vec::new();
    write_frame(b"{}", &mut buffer);
    assert_eq!(buffer, b"\0\0\0\x02{}");
    assert_eq!(
        split_frame(&buffer, 2),
        Ok(Frame::Complete {
            body: b"{}",
            consumed: 6
        })
    );
}

#[test]
fn an_oversized_length_is_refused_before_the_body() {
    assert_eq!(
        split_frame(b"\0\0\x18\x01", 6 * 1024),
        Err(OversizedFrame {
            announced: 6145,
            limit: 6144
        })
    );
    // What an HTTP request looks like, and a negative length of a Java peer.
    assert!(split_frame(b"GET ", 6 * 1024).is_err());
    assert!(split_frame(&[0xff; 4], 6 * 1024).is_err());
}

#[test]
fn it_says_how_much_is_missing() {
    assert_eq!(split_frame(b"", 10), Ok(Frame::Incomplete { missing: 4 }));
    assert_eq!(
        split_frame(b"\0\0\0", 10),
        Ok(Frame::Incomplete { missing: 1 })
    );
    assert_eq!(
        split_frame(b"\0\0\0\x05ab", 10),
        Ok(Frame::Incomplete { missing: 3 })
    );
}

proptest! {
    #[test]
    fn frames_survive_any_split_and_joining(
        bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..20),
        cuts in prop::collection::vec(1_usize..50, 1..200),
    ) {
        let mut stream = Vec::new();
        for body in &bodies {
            write_frame(body, &mut stream);
        }
        let mut received: Vec<u8> = Vec::new();
        let mut read = Vec::new();
        let mut rest = &stream[..];
        for cut in cuts.iter().cycle() {
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            received.extend_from_slice(now);
            rest = later;
            while let Frame::Complete { body, consumed } = split_frame(&received, 300).unwrap() {
                read.push(body.to_vec());
                received.drain(..consumed);
            }
            if rest.is_empty() {
                break;
            }
        }
        prop_assert!(received.is_empty());
        prop_assert_eq!(read, bodies);
    }
}
