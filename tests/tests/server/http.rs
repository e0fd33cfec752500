//! The demo's HTTP listener.

use mobileim_tests::application::{ANY_PORT, server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn get(address: std::net::SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: 192.0.2.7:8080\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn the_page_learns_where_to_connect_on_the_host_it_came_from() {
    let server = server()
        .http(ANY_PORT)
        .demo_page(true)
        .start()
        .await
        .unwrap();
    let http = server.addresses().http.unwrap();
    let port = server.addresses().websocket.unwrap().port();
    let answer = get(http, "/config.json").await;
    let expected = format!(r#"{{"websocket":"ws://192.0.2.7:{port}/websocket"}}"#);
    assert!(answer.ends_with(&expected), "{answer}");
    assert!(get(http, "/").await.contains("make demo"));
    assert!(get(http, "/nothing").await.starts_with("HTTP/1.1 404 "));
}

#[tokio::test]
async fn without_the_demo_there_is_only_the_health_check() {
    let server = server().http(ANY_PORT).start().await.unwrap();
    let http = server.addresses().http.unwrap();
    for path in ["/healthz", "/readyz"] {
        let answer = get(http, path).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{path}: {answer}");
        assert!(answer.ends_with("\r\n\r\nok\n"), "{path}: {answer}");
    }
    assert!(get(http, "/config.json").await.starts_with("HTTP/1.1 404 "));
}
