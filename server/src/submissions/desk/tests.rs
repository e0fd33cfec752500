//! What becomes of submissions, as events tell it.

use mobileim_hub::Origin;

use super::*;

fn submission(position: i64, receiver: &str) -> Submission {
    Submission {
        position,
        sender: "0".into(),
        receiver: receiver.into(),
        fp: position.to_string().into(),
        text: "hi".to_owned(),
        typeu: -1,
        expires_at: None,
    }
}

fn delivery(position: i64, receiver: &str) -> Delivery {
    Delivery {
        from: Origin::Server,
        to: receiver.into(),
        mailbox: receiver.into(),
        fp: position.to_string().into(),
        bridge: false,
    }
}

fn unavailable(position: i64, receiver: &str) -> Event {
    Event::Refused {
        delivery: delivery(position, receiver),
        why: Refusal::Unavailable,
    }
}

/// Takes these for one receiver; gives the positions of those that are to be sent now.
fn take(desk: &Desk, positions: impl IntoIterator<Item = i64>, receiver: &str) -> Vec<i64> {
    let taken = positions
        .into_iter()
        .filter_map(|position| desk.take(submission(position, receiver)));
    taken.map(|submission| submission.position).collect()
}

fn again(desk: &Desk) -> Vec<i64> {
    let later = Instant::now() + RETRY_AFTER;
    std::iter::from_fn(|| desk.next_again(later))
        .map(|submission| submission.position)
        .collect()
}

/// What is noted of each, in the order of positions.
fn noted(desk: &Desk) -> Vec<(i64, State, bool)> {
    let marks = desk.take_marks();
    desk.marked(&marks);
    let marks = marks.by_position.into_iter();
    marks
        .map(|(position, mark)| (position, mark.state, mark.was_stored))
        .collect()
}

/// A desk that knows that nothing is stored.
fn desk() -> Desk {
    let desk = Desk::default();
    desk.know_stored(Some(Vec::new()));
    desk
}

#[test]
fn what_is_not_taken_is_tried_again_in_order_and_what_comes_later_waits_behind_it() {
    let desk = desk();
    assert_eq!(take(&desk, [1, 2, 3], "bob"), [1, 2, 3]);
    desk.put_back(&submission(3, "bob"));
    desk.observe(&unavailable(1, "bob"));
    desk.observe(&Event::Delivered(delivery(2, "bob")));
    assert_eq!(take(&desk, [4], "bob"), [0; 0]);
    assert_eq!(take(&desk, [5], "carol"), [5]);
    assert!(desk.next_again(Instant::now()).is_none(), "not at once");
    assert_eq!(again(&desk), [1, 3, 4]);
    assert_eq!(desk.again_at(), None);
    assert_eq!(noted(&desk), [(2, State::Delivered, false)]);
    let mut found = vec![1, 2, 3, 4, 5, 6];
    desk.retain_new(&mut found);
    assert_eq!(found, [2, 6], "the others are under way");
}

#[test]
fn a_receiver_who_takes_nothing_leaves_room_for_others() {
    let desk = desk();
    let count = i64::try_from(MAX_OF_RECEIVER).unwrap();
    take(&desk, 1..count, "bob");
    assert!(desk.full_receivers().is_empty());
    take(&desk, [count], "bob");
    assert_eq!(desk.full_receivers(), ["bob"]);
    assert_eq!(desk.room(), MAX_UNDER_WAY - MAX_OF_RECEIVER);
    desk.observe(&Event::Delivered(delivery(1, "bob")));
    assert_eq!(desk.full_receivers(), ["bob"], "until that is noted");
    noted(&desk);
    assert!(desk.full_receivers().is_empty());
}

#[test]
fn long_texts_leave_room_for_one_more_at_most() {
    let desk = desk();
    let long = Submission {
        text: "x".repeat(MAX_BYTES),
        ..submission(1, "bob")
    };
    desk.take(long);
    assert_eq!(desk.room(), 0);
    desk.observe(&Event::Stored(delivery(1, "bob")));
    noted(&desk);
    assert_eq!(desk.room(), MAX_UNDER_WAY);
}

#[test]
fn what_is_stored_and_then_fetched_is_noted_as_both() {
    let desk = desk();
    take(&desk, [1, 2], "bob");
    desk.observe(&Event::Stored(delivery(1, "bob")));
    desk.observe(&Event::Fetched(delivery(1, "bob")));
    desk.observe(&Event::Stored(delivery(2, "bob")));
    let expected = [(1, State::Delivered, true), (2, State::Stored, true)];
    assert_eq!(noted(&desk), expected);
    assert!(desk.is_settled());
    desk.observe(&Event::Fetched(delivery(2, "bob")));
    // Others have nothing to do with it.
    desk.observe(&Event::Fetched(delivery(3, "bob")));
    assert_eq!(noted(&desk), [(2, State::Delivered, false)]);
    assert!(!desk.is_watching.load(Ordering::Relaxed));
}

#[test]
fn what_has_expired_is_noted_wherever_it_waited() {
    let desk = desk();
    take(&desk, [1, 2], "bob");
    let late = take(&desk, [3], "bob");
    desk.observe(&Event::Expired(delivery(1, "bob")));
    desk.observe(&Event::Stored(delivery(2, "bob")));
    assert_eq!(late, [3]);
    desk.expire(&submission(3, "bob"));
    let (expired, stored) = (State::Expired, State::Stored);
    let expected = [(1, expired, false), (2, stored, true), (3, expired, false)];
    assert_eq!(noted(&desk), expected);
    desk.observe(&Event::Expired(delivery(2, "bob")));
    assert_eq!(noted(&desk), [(2, expired, false)]);
    // What the store removes is told with its names.
    take(&desk, [4, 5], "bob");
    desk.observe(&Event::Stored(delivery(4, "bob")));
    desk.observe(&Event::Stored(delivery(5, "bob")));
    let of_4 = delivery(4, "bob");
    desk.lost(of_4.from.id(), "bob", &of_4.fp);
    desk.lost(of_4.from.id(), "alice", &of_4.fp);
    assert_eq!(noted(&desk), [(4, expired, true), (5, stored, true)]);
    desk.observe(&Event::Fetched(delivery(5, "bob")));
    assert_eq!(noted(&desk), [(5, State::Delivered, false)]);
    assert!(desk.is_settled());
    assert!(!desk.is_watching.load(Ordering::Relaxed));
}

#[test]
fn what_was_stored_before_the_start_is_known_or_else_asked_for() {
    let desk = Desk::default();
    let names = Names {
        sender: "0".into(),
        receiver: "bob".into(),
        fp: "1".into(),
    };
    desk.know_stored(Some(vec![(1, names.clone())]));
    desk.observe(&Event::Fetched(delivery(1, "bob")));
    desk.observe(&Event::Fetched(delivery(2, "bob")));
    let marks = desk.take_marks();
    assert_eq!(marks.by_position[&1].state, State::Delivered);
    assert_eq!(marks.fetched, []);
    desk.know_stored(None);
    desk.observe(&Event::Fetched(delivery(1, "bob")));
    assert_eq!(desk.take_marks().fetched, [names]);
}

#[test]
fn what_is_fetched_while_a_copy_of_it_is_on_its_way_is_delivered() {
    let desk = desk();
    take(&desk, [1], "bob");
    desk.observe(&Event::Fetched(delivery(1, "bob")));
    desk.observe(&Event::Stored(delivery(1, "bob")));
    assert_eq!(noted(&desk), [(1, State::Delivered, false)]);
}

#[test]
fn what_is_fetched_before_it_is_known_what_is_stored_is_noted() {
    let desk = Desk::default();
    desk.observe(&Event::Fetched(delivery(1, "bob")));
    assert_eq!(desk.take_marks().fetched.len(), 1);
}

#[test]
fn what_could_not_be_noted_is_noted_later_with_what_came_since() {
    let desk = desk();
    take(&desk, [1, 2], "bob");
    desk.observe(&Event::Stored(delivery(1, "bob")));
    let marks = desk.take_marks();
    desk.observe(&Event::Fetched(delivery(1, "bob")));
    desk.observe(&Event::Repeated(delivery(2, "bob")));
    desk.not_marked(marks);
    assert!(!desk.is_settled());
    let marks = desk.take_marks();
    assert!(marks.by_position[&2].is_either);
    assert!(!marks.by_position[&1].is_either);
    desk.not_marked(marks);
    let expected = [(1, State::Delivered, true), (2, State::Stored, true)];
    assert_eq!(noted(&desk), expected);
}

#[test]
fn what_is_refused_for_good_is_noted_with_the_reason() {
    let desk = desk();
    take(&desk, [1, 2], "bob");
    desk.refuse(submission(3, "bob"), "bad_fp");
    for (position, why) in [
        (1, Refusal::MailboxFull),
        (2, Refusal::TooLong { limit: 1024 }),
    ] {
        let delivery = delivery(position, "bob");
        desk.observe(&Event::Refused { delivery, why });
    }
    let marks = desk.take_marks();
    let reasons: Vec<_> = marks
        .by_position
        .values()
        .map(|mark| (mark.state, mark.reason.as_deref().unwrap()))
        .collect();
    let expected = ["mailbox_full", "too_long", "bad_fp"].map(|why| (State::Refused, why));
    assert_eq!(reasons, expected);
}
