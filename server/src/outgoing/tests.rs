//! What is believed of an answer.

use std::time::Duration;

use rcgen::{CertifiedKey, generate_simple_self_signed};

use super::testing::{Reply, Service};
use super::{Address, Client, Failure, Trust};
use crate::tls::{Certificates, Inside, acceptor};

const TIME: Duration = Duration::from_secs(20);

fn client(address: Address) -> Client {
    Client::new(address, Trust::default(), TIME, 10_000)
}

async fn failure(client: &Client) -> String {
    client.get().await.unwrap_err().to_string()
}

#[tokio::test]
async fn an_answer_is_read_to_its_end() {
    let service = Service::start(Reply::Json("an answer".to_owned())).await;
    let client = client(service.address());
    assert_eq!(client.get().await.unwrap().body, "an answer");
    let asked = &service.asked()[0].headers;
    assert_eq!(asked["accept"], "application/json");
    assert!(
        asked["user-agent"]
            .to_str()
            .unwrap()
            .starts_with("mobileim-server/")
    );
}

#[tokio::test]
async fn whoever_answers_without_end_or_too_slowly_is_not_heard() {
    let service = Service::start(Reply::Endless).await;
    let endless = failure(&client(service.address())).await;
    assert_eq!(endless, "the answer is longer than 10000 bytes");
    for slow in [Reply::Silent, Reply::Unfinished] {
        service.answers(slow);
        let time = Duration::from_millis(50);
        let client = Client::new(service.address(), Trust::default(), time, 10_000);
        assert_eq!(failure(&client).await, "no whole answer within 50ms");
    }
}

#[tokio::test]
async fn nobody_is_sent_elsewhere_by_a_redirection() {
    let elsewhere = Service::start(Reply::Json(String::new())).await;
    let to = format!("http://{}/keys?secret=1", elsewhere.at);
    let service = Service::start(Reply::RedirectTo(to)).await;
    let failure = failure(&client(service.address())).await;
    let expected = format!(
        "it redirects to \"http://{}/keys\", which is not followed: configure the URL at which it answers",
        elsewhere.at
    );
    assert_eq!(failure, expected);
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn what_has_failed_is_told_without_what_was_asked() {
    let service = Service::start(Reply::Status(503)).await;
    let client = client(service.address());
    assert_eq!(failure(&client).await, "it answers with status 503");
    let address = service.at;
    drop(service);
    // Its socket is closed when its task has ended.
    while tokio::net::TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    let refused = Client::new(client.address().clone(), Trust::default(), TIME, 1);
    let refused = failure(&refused).await;
    assert!(refused.starts_with("Connection refused"), "{refused}");
}

#[tokio::test]
async fn a_certificate_must_be_of_somebody_who_is_trusted() {
    let directory = tempfile::tempdir().unwrap();
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let path = directory.path().join("cert.pem");
    let key = directory.path().join("key.pem");
    std::fs::write(&path, cert.pem()).unwrap();
    std::fs::write(&key, signing_key.serialize_pem()).unwrap();
    let certificates = Certificates::load(&path, key).unwrap();
    let acceptor = acceptor(&certificates, Inside::Http);
    let service = Service::start_tls(acceptor, Reply::Json("encrypted".to_owned())).await;

    let stranger = client(service.address()).get().await.unwrap_err();
    assert!(matches!(stranger, Failure::Certificate(_)), "{stranger:?}");
    let stranger = stranger.to_string();
    assert!(stranger.contains("invalid peer certificate"), "{stranger}");
    let trust = Trust::and_those_in(&path).unwrap();
    let client = Client::new(service.address(), trust, TIME, 10_000);
    assert_eq!(client.get().await.unwrap().body, "encrypted");
}
