//! The bad network does what is asked of it, on real sockets. (What it draws is tested beside `chaos::Channel`.)

use std::collections::HashSet;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use mobileim_tests::chaos::{Conditions, Datagrams, Direction, StreamProxy, UdpProxy};
use mobileim_tests::within;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::time::Instant;

const ANY: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);
const SEED: u64 = 7;

/// A datagram server, a client of it, and the network between them.
async fn datagrams() -> (UdpSocket, UdpSocket, UdpProxy) {
    let server = UdpSocket::bind(ANY).await.unwrap();
    let proxy = UdpProxy::start(server.local_addr().unwrap(), SEED)
        .await
        .unwrap();
    let client = UdpSocket::bind(ANY).await.unwrap();
    client.connect(proxy.address()).await.unwrap();
    (server, client, proxy)
}

async fn receive(socket: &UdpSocket) -> (u32, SocketAddr) {
    let mut buffer = [0; 4];
    let (len, from) = within("datagram", socket.recv_from(&mut buffer))
        .await
        .unwrap();
    assert_eq!(len, 4);
    (u32::from_be_bytes(buffer), from)
}

/// Waits until this many datagrams have come in on their way to the server.
async fn arrived(proxy: &UdpProxy, datagrams: u32) -> Datagrams {
    let all = async {
        loop {
            let counted = proxy.counted(Direction::ToServer);
            if counted.received == u64::from(datagrams) {
                return counted;
            }
            tokio::task::yield_now().await;
        }
    };
    within("datagrams at the proxy", all).await
}

/// Both ends of a connection through the network.
async fn connection(listener: &TcpListener, proxy: &StreamProxy) -> (TcpStream, TcpStream) {
    let before = proxy.counted().opened;
    let client = TcpStream::connect(proxy.address()).await.unwrap();
    let (server, _) = within("connection", listener.accept()).await.unwrap();
    within("connection", proxy.until(|now| now.opened > before)).await;
    (client, server)
}

async fn streams() -> (TcpListener, StreamProxy) {
    let listener = TcpListener::bind(ANY).await.unwrap();
    let proxy = StreamProxy::start(listener.local_addr().unwrap(), SEED)
        .await
        .unwrap();
    (listener, proxy)
}

async fn read(stream: &mut TcpStream, len: usize) -> Vec<u8> {
    let mut buffer = vec![0; len];
    within("bytes", stream.read_exact(&mut buffer))
        .await
        .unwrap();
    buffer
}

async fn is_reset(stream: &mut TcpStream) -> bool {
    let ended = within("end", stream.read(&mut [0; 1])).await;
    ended.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionReset)
}

#[tokio::test]
async fn a_perfect_network_changes_nothing_in_either_direction() {
    let (server, client, proxy) = datagrams().await;
    for number in 0..1000_u32 {
        client.send(&number.to_be_bytes()).await.unwrap();
        let (received, from) = receive(&server).await;
        assert_eq!(received, number);
        server.send_to(&received.to_be_bytes(), from).await.unwrap();
        assert_eq!(receive(&client).await.0, number);
    }
    for direction in Direction::BOTH {
        let counted = proxy.counted(direction);
        assert_eq!((counted.received, counted.lost), (1000, 0));
        assert_eq!((counted.duplicated, counted.overtaken), (0, 0));
    }
}

#[tokio::test]
async fn datagrams_are_lost_repeated_delayed_and_overtaken() {
    const LOTS: u32 = 20;
    const LOT: u32 = 100;
    const SHORTEST: Duration = Duration::from_millis(10);
    let (server, client, proxy) = datagrams().await;
    let conditions = Conditions {
        loss: 0.3,
        duplication: 0.2,
        delay: Duration::from_millis(20),
        jitter: Duration::from_millis(10),
        ..Conditions::PERFECT
    };
    proxy.set(Direction::ToServer, conditions);
    let mut received = Vec::new();
    // In lots that fit into any socket's buffer.
    for lot in 0..LOTS {
        let sent_at = Instant::now();
        for number in lot * LOT..(lot + 1) * LOT {
            client.send(&number.to_be_bytes()).await.unwrap();
        }
        let counted = arrived(&proxy, (lot + 1) * LOT).await;
        let expected = counted.received - counted.lost + counted.duplicated;
        while (received.len() as u64) < expected {
            received.push(receive(&server).await.0);
            assert!(sent_at.elapsed() >= SHORTEST);
        }
    }
    let distinct: HashSet<_> = received.iter().collect();
    let (total, distinct) = (f64::from(LOTS * LOT), distinct.len());
    // Five standard deviations are 0.05.
    let lost = 1.0 - f64::from(u32::try_from(distinct).unwrap()) / total;
    assert!((0.25..0.35).contains(&lost), "{lost} were lost");
    let twice = received.len() - distinct;
    let twice = f64::from(u32::try_from(twice).unwrap()) / f64::from(LOTS * LOT) / 0.7;
    assert!((0.15..0.25).contains(&twice), "{twice} came twice");
    let overtaken = proxy.counted(Direction::ToServer).overtaken;
    assert!(overtaken > 100, "{overtaken} were overtaken");
    assert!(!received.is_sorted());
}

#[tokio::test]
async fn a_dead_network_lets_nothing_through_until_it_is_repaired() {
    let (server, client, proxy) = datagrams().await;
    proxy.set_both(Conditions::DEAD);
    for number in 0..10_u32 {
        client.send(&number.to_be_bytes()).await.unwrap();
    }
    assert_eq!(arrived(&proxy, 10).await.lost, 10);
    proxy.set_both(Conditions::PERFECT);
    client.send(&10_u32.to_be_bytes()).await.unwrap();
    assert_eq!(receive(&server).await.0, 10);
}

#[tokio::test]
async fn a_rebound_client_has_another_address_and_the_old_one_swallows() {
    let (server, client, proxy) = datagrams().await;
    client.send(&1_u32.to_be_bytes()).await.unwrap();
    let (_, old) = receive(&server).await;
    proxy.rebind().await.unwrap();
    server.send_to(&2_u32.to_be_bytes(), old).await.unwrap();
    client.send(&3_u32.to_be_bytes()).await.unwrap();
    // No error says that nobody is there.
    let (number, new) = receive(&server).await;
    assert_eq!(number, 3);
    assert_ne!(old, new);
    server.send_to(&4_u32.to_be_bytes(), new).await.unwrap();
    assert_eq!(receive(&client).await.0, 4);
}

#[tokio::test]
async fn each_end_of_a_stream_gets_what_the_other_sent_and_its_end() {
    let (listener, proxy) = streams().await;
    let (mut client, mut server) = connection(&listener, &proxy).await;
    let long: Vec<u8> = (0..300_000_u32).flat_map(u32::to_be_bytes).collect();
    let expected = long.clone();
    let sending = tokio::spawn(async move {
        client.write_all(&long).await.unwrap();
        client.shutdown().await.unwrap();
        client
    });
    assert!(read(&mut server, expected.len()).await == expected);
    assert_eq!(
        within("end", server.read(&mut [0; 1])).await.unwrap(),
        0,
        "the client's end arrives"
    );
    server.write_all(b"bye").await.unwrap();
    let mut client = sending.await.unwrap();
    assert_eq!(read(&mut client, 3).await, b"bye");
    assert_eq!(proxy.counted().closed_by_client, 1);
    assert_eq!(proxy.counted().closed_by_server, 0);
    drop(server);
    within(
        "close",
        proxy.until(|connections| connections.closed_by_server == 1),
    )
    .await;
}

#[tokio::test]
async fn a_slow_stream_is_late_but_in_order() {
    let (listener, proxy) = streams().await;
    let conditions = Conditions {
        delay: Duration::from_millis(40),
        jitter: Duration::from_millis(30),
        ..Conditions::PERFECT
    };
    proxy.set_both(conditions);
    let (mut client, mut server) = connection(&listener, &proxy).await;
    let sent_at = Instant::now();
    for number in 0..20_u8 {
        client.write_all(&[number]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let received = read(&mut server, 20).await;
    assert!(received.is_sorted());
    assert!(sent_at.elapsed() >= Duration::from_millis(10));
}

#[tokio::test]
async fn a_narrow_stream_takes_its_time() {
    let (listener, proxy) = streams().await;
    proxy.set(
        Direction::ToServer,
        Conditions {
            bytes_per_second: Some(100_000),
            ..Conditions::PERFECT
        },
    );
    let (mut client, mut server) = connection(&listener, &proxy).await;
    let sent_at = Instant::now();
    client.write_all(&vec![0; 50_000]).await.unwrap();
    read(&mut server, 50_000).await;
    assert!(sent_at.elapsed() >= Duration::from_millis(500));
}

#[tokio::test]
async fn a_cut_resets_both_ends_and_new_connections_are_none_the_worse() {
    let (listener, proxy) = streams().await;
    let (mut client, mut server) = connection(&listener, &proxy).await;
    proxy.cut();
    assert!(is_reset(&mut client).await);
    assert!(is_reset(&mut server).await);
    let (mut client, mut server) = connection(&listener, &proxy).await;
    client.write_all(b"hi").await.unwrap();
    assert_eq!(read(&mut server, 2).await, b"hi");
}

#[tokio::test]
async fn a_half_open_connection_swallows_one_way_and_says_nothing() {
    let (listener, proxy) = streams().await;
    let (mut client, mut server) = connection(&listener, &proxy).await;
    client.write_all(b"before").await.unwrap();
    assert_eq!(read(&mut server, 6).await, b"before");
    proxy.half_open(Direction::ToServer);
    client.write_all(b"swallowed").await.unwrap();
    server.write_all(b"heard").await.unwrap();
    assert_eq!(read(&mut client, 5).await, b"heard");
    drop(client);
    within(
        "close",
        proxy.until(|connections| connections.closed_by_client == 1),
    )
    .await;
    // Neither the bytes nor the end come.
    let quiet = Duration::from_millis(200);
    let nothing = tokio::time::timeout(quiet, server.read(&mut [0; 1])).await;
    assert!(nothing.is_err(), "{nothing:?}");
    // A new one is as it should be.
    let (mut client, mut server) = connection(&listener, &proxy).await;
    client.write_all(b"hi").await.unwrap();
    assert_eq!(read(&mut server, 2).await, b"hi");
}

#[tokio::test]
async fn a_network_that_refuses_resets_new_connections_only() {
    let (listener, proxy) = streams().await;
    let (mut client, mut server) = connection(&listener, &proxy).await;
    proxy.refuse(true);
    let mut refused = TcpStream::connect(proxy.address()).await.unwrap();
    assert!(is_reset(&mut refused).await);
    client.write_all(b"hi").await.unwrap();
    assert_eq!(read(&mut server, 2).await, b"hi");
    proxy.refuse(false);
    connection(&listener, &proxy).await;
    assert_eq!(proxy.counted().opened, 2);
}
