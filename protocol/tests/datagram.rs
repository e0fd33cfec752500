//! Long bodies on a datagram link.

use std::time::Duration;

use mobileim_protocol::Instant;
use mobileim_protocol::datagram::{Assembly, MAX_BODY, MAX_DATAGRAM, cut, is_part, len_in_parts};
use proptest::prelude::*;

const NOW: Instant = Instant::from_millis(1_000);

fn assembly() -> Assembly<u8> {
    Assembly::new(256 * 1024, 1024 * 1024)
}

fn text(len: usize, seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..len).map(|_| random.u8(b' '..=b'~')).collect()
}

#[test]
fn a_body_that_fits_is_one_datagram_as_it_is() {
    for len in [0, 1, MAX_DATAGRAM] {
        let body = text(len, 1);
        assert_eq!(cut(&body).collect::<Vec<_>>(), std::slice::from_ref(&body));
        assert!(!is_part(&body));
    }
}

#[test]
fn what_is_too_long_to_be_cut_is_not_sent_at_all() {
    assert!(cut(&text(MAX_BODY, 1)).count() == 64);
    assert_eq!(cut(&text(MAX_BODY + 1, 1)).count(), 0);
}

proptest! {
    #[test]
    fn a_body_is_put_together_in_whatever_order_its_parts_come(
        len in MAX_DATAGRAM + 1..MAX_BODY,
        seed: u64,
    ) {
        let body = text(len, seed);
        let mut parts: Vec<_> = cut(&body).collect();
        fastrand::Rng::with_seed(seed).shuffle(&mut parts);
        let in_parts: usize = parts.iter().map(Vec::len).sum();
        prop_assert_eq!(in_parts, len_in_parts(len));
        prop_assert!(parts.iter().all(|part| part.len() <= MAX_DATAGRAM && is_part(part)));
        let mut assembly = assembly();
        let (last, others) = parts.split_last().unwrap();
        for part in others {
            // Twice: one of the two is a repetition.
            prop_assert_eq!(assembly.receive(NOW, 1, part), None);
            prop_assert_eq!(assembly.receive(NOW, 1, part), None);
        }
        prop_assert_eq!(assembly.receive(NOW, 1, last), Some(body));
        prop_assert_eq!(assembly.bytes(), 0);
    }

    #[test]
    fn no_bytes_make_it_fail_or_hold_more_than_it_may(
        datagrams in proptest::collection::vec(
            (0..3_u8, proptest::collection::vec(any::<u8>(), 0..1300)), 0..60),
    ) {
        let mut assembly = Assembly::new(3_000, 6_000);
        for (from, mut bytes) in datagrams {
            if let Some(first) = bytes.first_mut() {
                *first = 1;
            }
            if bytes.len() > 11 {
                let name = bytes[9] % 4;
                bytes[1..9].fill(name);
                bytes[9] %= 8;
                bytes[10] = 7;
                bytes.resize(1200, 0);
            }
            assembly.receive(NOW, from, &bytes);
            prop_assert!(assembly.bytes() <= 6_000);
        }
    }
}

#[test]
fn what_is_sent_again_completes_what_has_arrived() {
    let body = text(60_000, 7);
    let mut random = fastrand::Rng::with_seed(3);
    let mut assembly = assembly();
    for transmission in 1.. {
        for part in cut(&body) {
            let lost = random.u8(0..10) < 3;
            if !lost && let Some(whole) = assembly.receive(NOW, 1, &part) {
                assert_eq!(whole, body);
                assert!(transmission < 8, "{transmission} transmissions");
                return;
            }
        }
    }
}

#[test]
fn the_parts_of_several_bodies_and_senders_are_kept_apart() {
    let bodies: Vec<_> = (0..4).map(|seed| text(5_000, seed)).collect();
    let mut assembly = assembly();
    let mut whole = Vec::new();
    let parts: Vec<Vec<_>> = bodies.iter().map(|body| cut(body).collect()).collect();
    for number in 0..parts[0].len() {
        for (sender, parts) in parts.iter().enumerate() {
            let sender = u8::try_from(sender % 2).unwrap();
            whole.extend(assembly.receive(NOW, sender, &parts[number]));
        }
    }
    assert_eq!(whole, bodies);
}

#[test]
fn one_sender_takes_no_room_of_another() {
    let mut assembly = Assembly::new(10_000, 100_000);
    let body = text(8_000, 1);
    let parts: Vec<_> = cut(&body).collect();
    for part in &parts[1..] {
        assembly.receive(NOW, 1, part);
    }
    for seed in 2..100 {
        for part in cut(&text(8_000, seed)).skip(1) {
            assembly.receive(NOW, 2, &part);
        }
    }
    assert!(assembly.bytes() <= 20_000);
    assert_eq!(assembly.receive(NOW, 1, &parts[0]), Some(body));
}

#[test]
fn what_is_never_completed_is_given_up() {
    let mut assembly = assembly();
    for seed in 0..3 {
        assembly.receive(NOW, 1, &cut(&text(5_000, seed)).next().unwrap());
    }
    let later = NOW + Duration::from_secs(61);
    for seed in 3..6 {
        assembly.receive(later, 2, &cut(&text(5_000, seed)).next().unwrap());
    }
    assert_eq!(assembly.bytes(), 3 * (MAX_DATAGRAM - 11));
    assembly.forget(2);
    assert_eq!(assembly.bytes(), 0);
}

#[test]
fn parts_that_do_not_belong_together_make_no_body() {
    let (one, other) = (text(3_000, 1), text(3_000, 2));
    let mut assembly = assembly();
    let mut parts: Vec<_> = cut(&one).collect();
    let strange = cut(&other).nth(1).unwrap();
    parts[1][11..].copy_from_slice(&strange[11..]);
    for part in parts {
        assert_eq!(assembly.receive(NOW, 1, &part), None);
    }
    assert_eq!(assembly.bytes(), 0, "all parts had come");
}
