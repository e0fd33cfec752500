//! What the log says when a connection ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};

use mobileim_protocol::framing;
use rustix::process::{Pid, Signal, kill_process};

/// A server whose log is read when it has ended.
struct Server {
    child: Child,
    addresses: Vec<SocketAddr>,
}

impl Server {
    fn start(level: &str) -> Self {
        Self::start_with(level, &[])
    }

    fn start_with(level: &str, args: &[&str]) -> Self {
        let any = "127.0.0.1:0";
        let mut child = Command::new(env!("CARGO_BIN_EXE_mobileim-server"))
            .args([
                "--dev", "--tcp", any, "--udp", any, "--ws", any, "--http", "off",
            ])
            .args(args)
            .env("MOBILEIM_LOG", level)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.as_mut().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let addresses = line
            .split_whitespace()
            .filter_map(|word| word.split_once('=')?.1.parse().ok())
            .collect();
        Self { child, addresses }
    }

    fn tcp(&self) -> TcpStream {
        TcpStream::connect(self.addresses[0]).unwrap()
    }

    fn websocket(&self) -> TcpStream {
        TcpStream::connect(self.addresses[2]).unwrap()
    }

    /// Stops it, and gives the lines of its log that tell of an end.
    fn ends(mut self) -> Vec<String> {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        self.child.wait().unwrap();
        let mut log = String::new();
        let stderr = self.child.stderr.as_mut().unwrap();
        stderr.read_to_string(&mut log).unwrap();
        assert!(!log.contains("secret"), "{log}");
        let ends = |line: &&str| line.contains("connection ends") || line.contains("session ends");
        log.lines().filter(ends).map(ToOwned::to_owned).collect()
    }
}

fn framed(body: &str) -> Vec<u8> {
    let mut frame = Vec::new();
    framing::write_frame(body.as_bytes(), &mut frame);
    frame
}

fn login(user: &str) -> String {
    format!(
        r#"{{"type":0,"dataContent":"{{\"loginUserId\":\"{user}\",\"loginToken\":\"secret\"}}"}}"#
    )
}

/// Sends frames and waits until the server has closed.
fn talk(mut stream: TcpStream, bytes: &[u8]) -> SocketAddr {
    let address = stream.local_addr().unwrap();
    stream.write_all(bytes).unwrap();
    // It may be reset where what was sent is not read.
    let _ = stream.read_to_end(&mut Vec::new());
    address
}

#[test]
fn what_a_client_has_done_wrong_is_logged_with_who_and_why() {
    let server = Server::start("info");
    let invalid = [framed(&login("alice")), framed(r#"{"type":2,"to":7"#)].concat();
    let anonymous = framed(r#"{"type":1,"dataContent":"secret"}"#);
    let refused = framed(&login("0"));
    let oversized = u32::MAX.to_be_bytes();
    let expected = [
        (
            talk(server.tcp(), &invalid),
            "transport=tcp",
            r#"user="alice""#,
            "reason=invalid message",
            "cause=\"not ",
        ),
        (
            talk(server.tcp(), &anonymous),
            "transport=tcp",
            "",
            "reason=not logged in",
            "a message of type 1",
        ),
        (
            talk(server.tcp(), &refused),
            "transport=tcp",
            "",
            "reason=login refused",
            r#"code 1025 for user \"0\""#,
        ),
        (
            talk(server.tcp(), &oversized),
            "transport=tcp",
            "",
            "reason=oversized message",
            "4294967295 bytes",
        ),
    ];
    let ends = server.ends();
    assert_eq!(ends.len(), expected.len(), "{ends:?}");
    for (peer, transport, user, reason, cause) in expected {
        let peer = format!("peer={peer}");
        let line = ends.iter().find(|line| line.contains(&peer));
        let line = line.unwrap_or_else(|| panic!("{peer}: {ends:?}"));
        for part in [transport, user, reason, cause] {
            assert!(line.contains(part), "{part}: {line}");
        }
        assert!(line.contains(" INFO "), "{line}");
        assert_eq!(line.contains("user="), !user.is_empty(), "{line}");
    }
}

#[test]
fn what_did_not_get_as_far_as_speaking_is_logged_with_why() {
    let directory = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let file = |name: &str, text: String| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let certificate = file("certificate.pem", made.cert.pem());
    let key = file("key.pem", made.signing_key.serialize_pem());
    let args = [
        "--tcp-tls",
        "127.0.0.1:0",
        "--tls-cert",
        &certificate,
        "--tls-key",
        &key,
        "--trusted-proxies",
        "127.0.0.1",
        "--proxy-protocol",
        "ws",
    ];
    let server = Server::start_with("debug", &args);
    let [_tcp, tcp_tls, _udp, websocket] = server.addresses[..] else {
        panic!("{:?}", server.addresses);
    };
    let no_tls = talk(
        TcpStream::connect(tcp_tls).unwrap(),
        b"GET / HTTP/1.1\r\n\r\n",
    );
    let untold = talk(
        TcpStream::connect(websocket).unwrap(),
        b"GET / HTTP/1.1\r\n\r\n",
    );
    let ends = server.ends();
    for (peer, parts) in [
        (
            no_tls,
            ["DEBUG ", "transport=tcp", "reason=TLS handshake failed"],
        ),
        (
            untold,
            [
                " INFO ",
                "reason=no PROXY header of a trusted proxy",
                "cause=\"what came is no PROXY header\"",
            ],
        ),
    ] {
        let peer = format!("peer={peer}");
        let line = ends.iter().find(|line| line.contains(&peer)).unwrap();
        for part in parts {
            assert!(line.contains(part), "{part}: {line}");
        }
    }
}

#[test]
fn ordinary_ends_are_logged_at_debug() {
    let server = Server::start("debug");
    let logout = [framed(&login("alice")), framed(r#"{"type":3}"#)].concat();
    let logged_out = talk(server.tcp(), &logout);
    let cut = server.tcp();
    cut.shutdown(Shutdown::Write).unwrap();
    let cut = talk(cut, b"");
    let no_upgrade = talk(server.websocket(), b"GET /websocket HTTP/1.1\r\n\r\n");
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    udp.connect(server.addresses[1]).unwrap();
    udp.send(login("bob\\\\nforged line").as_bytes()).unwrap();
    udp.recv(&mut [0; 1024]).unwrap();
    let udp = udp.local_addr().unwrap();
    let ends = server.ends();
    for (peer, parts) in [
        (
            logged_out,
            ["transport=tcp", r#"user="alice""#, "reason=logged out"],
        ),
        (
            cut,
            [
                "transport=tcp",
                "reason=disconnected",
                r#"cause="closed by the client""#,
            ],
        ),
        (
            no_upgrade,
            ["transport=ws", "reason=disconnected", "Connection: upgrade"],
        ),
        (
            udp,
            [
                "transport=udp",
                r#"user="bob\nforged line""#,
                "reason=the server stops",
            ],
        ),
    ] {
        let peer = format!("peer={peer}");
        let lines: Vec<_> = ends.iter().filter(|line| line.contains(&peer)).collect();
        let [line] = lines[..] else {
            panic!("{peer}: {ends:?}");
        };
        for part in parts {
            assert!(line.contains(part), "{part}: {line}");
        }
        assert!(line.contains("DEBUG "), "{line}");
    }
}

#[test]
fn a_message_is_followed_through_every_step_without_its_text() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mobileim-server"))
        .args([
            "--dev",
            "--tcp",
            "127.0.0.1:0",
            "--udp",
            "off",
            "--ws",
            "off",
        ])
        .args([
            "--http",
            "off",
            "--trace-fp",
            "fp-7",
            "--log-format",
            "json",
        ])
        .env_remove("MOBILEIM_LOG")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let stdout = child.stdout.as_mut().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    let tcp: SocketAddr = line.trim().rsplit_once('=').unwrap().1.parse().unwrap();
    let mut alice = TcpStream::connect(tcp).unwrap();
    let login =
        r#"{"type":0,"dataContent":"{\"loginUserId\":\"alice\",\"loginToken\":\"secret\"}"}"#;
    alice.write_all(&framed(login)).unwrap();
    for fp in ["fp-6", "fp-7"] {
        let message =
            format!(r#"{{"type":2,"to":"bob","fp":"{fp}","QoS":true,"dataContent":"secret"}}"#);
        alice.write_all(&framed(&message)).unwrap();
    }
    // The answer to the login, and two acknowledgements.
    for _ in 0..3 {
        let mut length = [0; 4];
        alice.read_exact(&mut length).unwrap();
        let mut body = vec![0; u32::from_be_bytes(length) as usize];
        alice.read_exact(&mut body).unwrap();
    }
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    child.wait().unwrap();
    let mut log = String::new();
    child
        .stderr
        .as_mut()
        .unwrap()
        .read_to_string(&mut log)
        .unwrap();
    assert!(!log.contains("secret"), "{log}");
    let lines: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect();
    let steps: Vec<_> = lines
        .iter()
        .filter(|line| line["message"].as_str().unwrap().starts_with("trace: "))
        .map(|line| {
            assert_eq!(line["fp"], "fp-7");
            assert_eq!(
                (&line["from"], &line["to"]),
                (&"alice".into(), &"bob".into())
            );
            line["message"].as_str().unwrap().to_owned()
        })
        .collect();
    // Of two threads, the one that stores may be quicker to tell.
    assert_eq!(steps[0], "trace: received");
    for step in ["trace: taken", "trace: stored"] {
        assert!(steps.iter().any(|one| one == step), "{steps:?}");
    }
}
