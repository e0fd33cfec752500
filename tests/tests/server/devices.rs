//! What a client asks about its user's devices.

use mobileim_client::{Account, Client, Device, Event, QuestionError, ServerAddress, UserDevice};
use mobileim_protocol::Transport;
use mobileim_server::{Config, DevicePolicy, Rate, Running, Sessions};
use mobileim_tests::application;
use mobileim_tests::raw::{RawConnection, Received, data, login_with};
use mobileim_tests::within;
use serde_json::{Value, json};

use crate::TRANSPORTS;

const DEVICES: &str = r#"{"ask":"devices"}"#;

async fn start(change: impl FnOnce(&mut Config)) -> Running {
    let mut config = Config::default();
    config.devices = DevicePolicy {
        sessions: Sessions::PerDevice,
        ..DevicePolicy::default()
    };
    change(&mut config);
    let server = application::server().config(config);
    server.start().await.expect("free ports")
}

/// Logs in as a client of ours, and gives what it is told.
async fn log_in(connection: &mut RawConnection, user: &str, device: &str) -> Value {
    let login = login_with(&json!({
        "loginUserId": user, "loginToken": "t", "firstLoginTime": 0, "maxBody": 65_536, "deviceId": device,
    }));
    connection.send(&login).await;
    let answer = connection.receive_json().await;
    serde_json::from_str(answer["dataContent"].as_str().unwrap()).unwrap()
}

fn question(user: &str, id: &str, content: &str) -> Value {
    json!({ "type": 30, "dataContent": content, "from": user, "to": "0", "fp": id })
}

async fn ask(connection: &mut RawConnection, user: &str, content: &str) -> Value {
    connection.send(&question(user, "the id", content)).await;
    let answer = connection.receive_json().await;
    assert_eq!(
        (
            &answer["type"],
            &answer["from"],
            &answer["to"],
            &answer["fp"],
            &answer["QoS"]
        ),
        (
            &json!(80),
            &json!("0"),
            &json!(user),
            &json!("the id"),
            &json!(false)
        )
    );
    serde_json::from_str(answer["dataContent"].as_str().unwrap()).unwrap()
}

fn address(transport: Transport, server: &Running) -> ServerAddress {
    let addresses = server.addresses();
    let address = match transport {
        Transport::Tcp => addresses.tcp,
        Transport::Udp => addresses.udp,
        Transport::WebSocket => addresses.websocket,
    };
    ServerAddress::from_socket_addr(transport, address.unwrap())
}

#[tokio::test]
async fn a_client_lists_and_removes_its_users_devices() {
    let server = start(|_| ()).await;
    for transport in TRANSPORTS {
        let user = format!("bob-{transport}");
        let connect = |device: &str| {
            let device = Device::new(device).with_platform("ios");
            Client::builder(address(transport, &server))
                .device(device)
                .spawn()
        };
        let (phone, mut phone_events) = connect("phone");
        let (laptop, _events) = connect("laptop");
        for client in [&phone, &laptop] {
            let login = client.login(Account::new(&user, "t"));
            within("login", login).await.unwrap();
        }
        let devices = within("devices", laptop.devices()).await.unwrap();
        let view = |device: &UserDevice| {
            assert_eq!(device.platform.as_deref(), Some("ios"));
            assert!(device.online && device.since > 0 && device.last_seen >= device.since);
            (device.id.clone(), device.own)
        };
        let mut seen: Vec<_> = devices.iter().map(view).collect();
        seen.sort();
        assert_eq!(seen, [("laptop".into(), true), ("phone".into(), false)]);

        within("removal", laptop.remove_device("phone"))
            .await
            .unwrap();
        let kicked = async {
            loop {
                if let Event::KickedOut { code, reason } = phone_events.recv().await.unwrap() {
                    return (code, reason.unwrap());
                }
            }
        };
        let kicked = within("end of the session", kicked).await;
        assert_eq!(kicked, (2, "this device was removed".to_owned()));
        let left = within("devices", laptop.devices()).await.unwrap();
        assert_eq!(left.len(), 1);
        for (device, code) in [("phone", 314), ("laptop", 315)] {
            let removal = within("refusal", laptop.remove_device(device)).await;
            assert!(
                matches!(
                    removal,
                    Err(QuestionError::Refused { code: refused, .. }) if refused == code
                ),
                "{device}: {removal:?}"
            );
        }
        let unknown = within("refusal", laptop.ask("weather", "")).await;
        let unknown = unknown.unwrap_err().to_string();
        assert!(unknown.contains("code 310"), "{unknown}");
    }
}

#[tokio::test]
async fn what_is_no_question_is_answered_with_an_error_and_the_connection_stands() {
    let server = start(|_| ()).await;
    for transport in TRANSPORTS {
        let mut bob = RawConnection::open(transport, server.addresses()).await;
        let terms = log_in(&mut bob, "bob", "b1").await;
        assert_eq!(terms["maxQuestions"], 16);
        let deep = "[".repeat(500);
        for (content, code) in [
            ("", 311),
            ("hello", 311),
            (&*deep, 311),
            (r#"{"ask":["devices"]}"#, 311),
            (r#"{"ask":"removeDevice"}"#, 311),
            (r#"{"ask":"removeDevice","device":{"a":1}}"#, 311),
            (r#"{"ask":"toString"}"#, 310),
        ] {
            let answer = ask(&mut bob, "bob", content).await;
            assert_eq!(answer["error"]["code"], code, "{transport}: {content}");
            assert!(answer["error"]["text"].is_string());
        }
        // One without a name is refused as a message is that has none.
        bob.send(&json!({ "type": 30, "dataContent": DEVICES, "to": "0" }))
            .await;
        assert_eq!(bob.receive_json().await["type"], 52);
        let devices = ask(&mut bob, "bob", DEVICES).await;
        assert_eq!(devices["answer"]["devices"][0]["id"], "b1");
        assert_eq!(devices["answer"]["devices"][0]["own"], true);
    }
}

#[tokio::test]
async fn who_asks_too_much_is_told_to_wait() {
    let server = start(|config| {
        config.quotas.messages = Some(Rate::new(1, 5));
    })
    .await;
    for transport in TRANSPORTS {
        let user = format!("bob-{transport}");
        let mut bob = RawConnection::open(transport, server.addresses()).await;
        log_in(&mut bob, &user, "b1").await;
        let mut refused = None;
        // A second brings one more: a slow machine is asked more often.
        for _ in 0..1000 {
            bob.send(&question(&user, "the id", DEVICES)).await;
            let answer = bob.receive_json().await;
            if answer["type"] == 52 {
                refused = Some(answer);
                break;
            }
        }
        let refused = refused.expect("a refusal");
        let error: Value = serde_json::from_str(refused["dataContent"].as_str().unwrap()).unwrap();
        assert_eq!(error["errorCode"], 304);
        let wait = error["retryAfter"].as_u64().unwrap();
        assert!((1..=1000).contains(&wait), "{wait} ms");
        let named: Value = serde_json::from_str(error["errorMsg"].as_str().unwrap()).unwrap();
        assert_eq!(
            (&named["type"], &named["fp"]),
            (&json!(30), &json!("the id"))
        );
    }
}

#[tokio::test]
async fn an_original_client_is_told_what_it_always_was() {
    let server = start(|_| ()).await;
    for transport in TRANSPORTS {
        let mut bob = RawConnection::open(transport, server.addresses()).await;
        let login = json!({ "loginUserId": "bob", "loginToken": "t", "firstLoginTime": 1234 });
        bob.send(&login_with(&login)).await;
        let interval = if transport.is_datagram() {
            3000
        } else {
            15_000
        };
        let answer = format!(
            r#"{{"bridge":false,"type":50,"dataContent":"{{\"code\":0,\"firstLoginTime\":1234,\"keepAliveInterval\":{interval}}}","from":"0","to":"bob","QoS":false,"typeu":-1,"sm":-1}}"#
        );
        assert_eq!(bob.receive().await, Received::Body(answer), "{transport}");
        for content in [DEVICES, "garbage"] {
            bob.send(&question("bob", "id", content)).await;
        }
        // What is answered next is something else.
        bob.send(&data("bob", "0", "fp", "hi")).await;
        assert_eq!(bob.receive_json().await["type"], 4, "{transport}");
    }
}

#[tokio::test]
async fn an_address_that_is_not_logged_in_is_not_answered() {
    let server = start(|_| ()).await;
    let mut bob = RawConnection::open(Transport::Udp, server.addresses()).await;
    bob.send(&question("bob", "id", DEVICES)).await;
    // An Echo, behind it, is.
    bob.send(&json!({ "type": 5, "dataContent": "hi", "from": "bob", "to": "0" }))
        .await;
    assert_eq!(bob.receive_json().await["type"], 53);
}
