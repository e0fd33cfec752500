//! Tokens: who may log in, and for how long.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mobileim_client::{Account, LoginError, ServerAddress, Transport, codes};
use mobileim_protocol::payload::LoginRequest;
use mobileim_server::auth::{Jwt, Keys};
use mobileim_server::{Authenticator, Deferred, LoginVerdict, Running, Server};
use mobileim_tests::raw::RawConnection;
use mobileim_tests::{Person, within};

const TRANSPORTS: [Transport; 3] = [Transport::Tcp, Transport::Udp, Transport::WebSocket];

fn jwt(secret: &str) -> Jwt {
    Jwt::new(Keys::from_secrets(secret).expect("it is long enough"))
}

/// A server on loopback, and where it is found.
async fn start(authenticator: impl Authenticator + 'static) -> (Running, [ServerAddress; 3]) {
    let any = "127.0.0.1:0".parse().ok();
    let server = Server::builder(authenticator)
        .tcp(any)
        .udp(any)
        .websocket(any);
    let running = server.start().await.expect("loopback has free ports");
    let addresses = running.addresses();
    let addresses = [addresses.tcp, addresses.udp, addresses.websocket];
    let addresses = std::array::from_fn(|index| {
        let address = addresses[index].expect("every listener is on");
        ServerAddress::from_socket_addr(TRANSPORTS[index], address)
    });
    (running, addresses)
}

#[tokio::test]
async fn whoever_has_a_token_of_the_users_own_is_let_in_and_nobody_else() {
    let good = jwt("a secret of at least 32 bytes in all");
    let token = |user| {
        good.sign(user, Duration::from_secs(60))
            .expect("there is a secret")
    };
    let other = jwt("another secret of at least 32 bytes");
    let forged = other
        .sign("alice", Duration::from_secs(60))
        .expect("there is a secret");
    let (server, addresses) = start(jwt("a secret of at least 32 bytes in all")).await;
    for address in addresses {
        let alice = Person::new("alice", address.clone());
        for wrong in ["a-token", &forged, &token("bob")] {
            let code = codes::BAD_TOKEN;
            assert_eq!(alice.login(wrong).await, Err(LoginError::Refused { code }));
        }
        alice.login(&token("alice")).await.expect("it is alice's");
        let mut bob = Person::new("bob", address);
        bob.login(&token("bob")).await.expect("it is bob's");
        alice.tell("bob", "Hello").await;
        bob.hears("alice", ["Hello"]).await;
        alice.leave().await;
        bob.leave().await;
    }
    server.shutdown().await;
}

/// Lets everybody in, for a second and a half.
fn briefly(_request: &LoginRequest) -> Deferred<LoginVerdict> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let until = now.expect("it is after 1970") + Duration::from_millis(1500);
    let until = i64::try_from(until.as_millis()).expect("it is long before the end of i64");
    LoginVerdict::AcceptUntil(until).into()
}

#[tokio::test]
async fn a_client_gets_another_token_in_good_time_and_its_session_goes_on() {
    let (server, [tcp, udp, websocket]) = start(briefly).await;
    tokio::join!(
        outlives_its_tokens("tcp", tcp, &server),
        outlives_its_tokens("udp", udp, &server),
        outlives_its_tokens("ws", websocket, &server),
    );
    server.shutdown().await;
}

/// One has a session that outlives its tokens; the other's, who has always the same one, ends again and again. Neither loses
/// anything.
async fn outlives_its_tokens(name: &str, address: ServerAddress, server: &Running) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let alice = Person::new(format!("alice-{name}"), address.clone());
    let account = Account::with_token_provider(&alice.name, move || {
        let number = count.fetch_add(1, Ordering::Relaxed);
        async move { Ok::<_, std::io::Error>(format!("token {number}")) }
    });
    let login = within("login", alice.client.login(account)).await;
    login.expect("she is let in");
    let view = server.handle().view();
    let session = view.sessions(&alice.name)[0].id;
    let mut bob = Person::online(format!("bob-{name}"), address).await;
    for number in 0..30 {
        let text = format!("message {number}");
        let name = bob.name.clone();
        tokio::join!(alice.tell(&name, &text), bob.hears(&alice.name, [&text]));
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    assert!(asked.load(Ordering::Relaxed) >= 3);
    assert_eq!(
        view.sessions(&alice.name)[0].id,
        session,
        "one and the same"
    );
    alice.leave().await;
    bob.leave().await;
}

#[tokio::test]
async fn on_udp_each_login_needs_a_token_of_its_own_where_that_is_wanted() {
    let signer = jwt("a secret of at least 32 bytes in all");
    let token = || {
        signer
            .sign("alice", Duration::from_secs(60))
            .expect("there is a secret")
    };
    let once = jwt("a secret of at least 32 bytes in all").with_udp_tokens_for_one_login();
    let any = "127.0.0.1:0".parse().ok();
    let server = Server::builder(once).tcp(any).udp(any).start();
    let server = server.await.expect("loopback has free ports");
    let open = async |transport| RawConnection::open(transport, server.addresses()).await;

    let first = token();
    let mut alice = open(Transport::Udp).await;
    let (code, since) = alice.log_in_as("alice", &first, 0).await;
    assert_eq!(code, 0);
    // As if its answer had been lost.
    assert_eq!(alice.log_in_as("alice", &first, 0).await, (0, since));
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut thief = open(transport).await;
        assert_eq!(
            thief.log_in_as("alice", &first, 0).await.0,
            codes::BAD_TOKEN
        );
    }
    assert!(server.handle().is_online("alice"));
    // Before it expires the client sends another one.
    assert_eq!(alice.log_in_as("alice", &token(), since).await, (0, since));

    alice.send(&serde_json::json!({ "type": 3 })).await;
    assert_eq!(
        alice.log_in_as("alice", &first, 0).await.0,
        codes::BAD_TOKEN
    );
    assert!(!server.handle().is_online("alice"));
    assert_eq!(alice.log_in_as("alice", &token(), 0).await.0, 0);

    // A client of ours asks for one each time.
    let (transport, address) = (Transport::Udp, server.addresses().udp.expect("it is on"));
    let address = ServerAddress::from_socket_addr(transport, address);
    for _ in 0..2 {
        let (client, _events) = mobileim_client::Client::builder(address.clone()).spawn();
        let secret = "a secret of at least 32 bytes in all";
        let account = Account::with_token_provider("alice", move || async move {
            let token = jwt(secret).sign("alice", Duration::from_secs(60));
            token.ok_or(std::io::Error::other("no secret"))
        });
        within("login", client.login(account))
            .await
            .expect("it is new");
    }
}
