use super::*;

fn read(record: &Record) -> serde_json::Value {
    serde_json::from_str(&record.body).unwrap()
}

const HI: Named<'_> = Named {
    from: "alice",
    to: "bob",
    fp: "1",
};

#[test]
fn the_same_fact_has_the_same_id_and_another_one_another() {
    let id = |kind, message| {
        let record = self::message(kind, 7, &"bob".into(), message);
        read(&record)["id"].as_str().unwrap().to_owned()
    };
    let (delivered, stored) = (EventType::Delivered, EventType::Stored);
    assert_eq!(id(delivered, HI), id(delivered, HI));
    assert_ne!(id(delivered, HI), id(stored, HI));
    // Parts do not run into each other.
    let other = Named {
        from: "alic",
        to: "ebob",
        fp: "1",
    };
    assert_ne!(id(delivered, HI), id(delivered, other));
    assert_eq!(id(delivered, HI).len(), 32);
    // What has no fingerprint is not the same twice.
    let nameless = Named { fp: "", ..HI };
    assert_ne!(id(delivered, nameless), id(delivered, nameless));
}

#[test]
fn a_session_that_a_crash_has_ended_is_told_with_where_it_came_from() {
    let peer = Peer::new(mobileim_protocol::Transport::WebSocket)
        .with_tls(true)
        .with_origin(Some("https://a.net".into()));
    let alice = "alice".into();
    let phone = Device::new("d1").with_platform("ios");
    let session = EventSession::new(&alice, SessionId(7), &peer, Some(&phone));
    let begun = online(1, &session, None, 1);
    assert_eq!(read(&begun)["others"], 1);
    let record = offline_after_crash(2, &alice, SessionId(7), &peer_members(&session));
    let body = read(&record);
    assert_eq!(body["reason"], "server_crashed");
    for member in [
        "transport",
        "tls",
        "origin",
        "session",
        "user",
        "device",
        "platform",
    ] {
        assert_eq!(body[member], read(&begun)[member], "{member}");
    }
    // It would have had this id if the server had been there to see it end.
    let reason = CloseReason::Disconnected;
    let seen = offline(3, &session, reason, None, 0);
    assert_eq!(body["id"], read(&seen)["id"]);
}

#[test]
fn a_refusal_that_passes_is_told_of_messages_of_the_server_alone() {
    let bob = "bob".into();
    assert!(refused(1, &bob, HI, Refusal::Unavailable).is_none());
    let push = Named { from: SERVER, ..HI };
    let record = refused(1, &bob, push, Refusal::Unavailable).unwrap();
    assert_eq!(read(&record)["reason"], "unavailable");
    let record = refused(1, &bob, HI, Refusal::TooLong { limit: 1024 }).unwrap();
    assert_eq!(
        (&read(&record)["reason"], &read(&record)["limit"]),
        (&"too_long".into(), &1024.into())
    );
}

#[test]
fn the_text_is_there_only_if_it_is_wanted() {
    let mut body =
        mobileim_protocol::Message::new(mobileim_protocol::MessageType::CommonData, "alice", "bob")
            .with_content("hi");
    body.typeu = 9;
    let envelope = Envelope {
        from: "alice".into(),
        fp: "1".into(),
        bridge: false,
        body: mobileim_protocol::encode(&body).into(),
        expires_at: None,
        on_behalf: false,
        lane: None,
        change: None,
    };
    let with = read(&stored(1, &"bob".into(), &envelope, true));
    assert_eq!((&with["text"], &with["typeu"]), (&"hi".into(), &9.into()));
    let without = read(&stored(1, &"bob".into(), &envelope, false));
    assert!(without.get("text").is_none());
    assert_eq!(with["id"], without["id"]);
    let logged = read(&logged(1, &"#team".into(), 41, &envelope, true));
    assert_eq!(
        (
            &logged["type"],
            &logged["to"],
            &logged["seq"],
            &logged["text"]
        ),
        (&"logged".into(), &"#team".into(), &41.into(), &"hi".into())
    );
    assert!(without.get("seq").is_none());
}
