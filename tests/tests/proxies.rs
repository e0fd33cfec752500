//! nginx and Caddy in front of the server, as docs/proxies.md configures them.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use mobileim_client::Transport;
use mobileim_tests::raw::{RawConnection, Received, data};
use mobileim_tests::{Program, TestCertificate, free_address};
use tempfile::TempDir;
use tokio::net::TcpSocket;

const SECRET: &str = "a secret of the tests, which is long enough for HS256";

/// What nobody is to believe.
const SPOOFED: &str = "203.0.113.99";

/// Returns a file that the page prints: the example whose name is in the line before it.
fn printed(name: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/proxies.md");
    let page = fs::read_to_string(page).expect("the page can be read");
    let (_, rest) = page
        .split_once(&format!("\n`{name}`:\n\n```"))
        .unwrap_or_else(|| panic!("the page prints no {name}"));
    let (_, example) = rest.split_once('\n').expect("it has lines");
    let (text, _) = example.split_once("\n```").expect("it ends");
    format!("{text}\n")
}

/// Puts something that is the test's own in the place of what the page has.
fn replace(text: &str, printed: &str, own: &str) -> String {
    assert!(text.contains(printed), "no {printed} in:\n{text}");
    text.replace(printed, own)
}

/// The server as the page configures it, on ports of its own, and what proxies need.
struct Site {
    directory: TempDir,
    certificate: TestCertificate,
    websocket: SocketAddr,
    tcp: SocketAddr,
    server: Program,
}

impl Site {
    async fn start() -> Self {
        let directory = TempDir::new().expect("there is room");
        let path = |name: &str| directory.path().join(name).display().to_string();
        fs::write(path("jwt-secret"), SECRET).expect("there is room");
        let (websocket, tcp) = (free_address(), free_address());

        let mut config = printed("/etc/mobileim/mobileim.toml");
        for (printed, own) in [
            ("/var/lib/mobileim", path("data")),
            ("127.0.0.1:3000", websocket.to_string()),
            ("127.0.0.1:8901", tcp.to_string()),
            ("\"jwt-secret\"", format!("{:?}", path("jwt-secret"))),
        ] {
            config = replace(&config, printed, &own);
        }
        fs::write(path("mobileim.toml"), config).expect("there is room");
        let args = ["--config", &path("mobileim.toml"), "--http", "off"];
        let mut server = Program::start("mobileim-server", &args);
        let ready = server.line().await;
        assert!(ready.is_some_and(|line| line.starts_with("ready ")));
        Self {
            directory,
            certificate: TestCertificate::new(),
            websocket,
            tcp,
            server,
        }
    }

    fn path(&self, name: &str) -> String {
        self.directory.path().join(name).display().to_string()
    }

    /// A token of somebody's.
    async fn token(&self, user: &str) -> String {
        let config = self.path("mobileim.toml");
        let args = ["token", "--user", user, "--config", &config];
        let mut program = Program::start("mobileim-server", &args);
        program.line().await.expect("it prints a token")
    }

    /// Starts nginx with the page's configuration, in which something is changed. Returns where it listens for
    /// `WebSocket` and for TCP.
    async fn nginx(&self, change: (&str, &str)) -> (Program, SocketAddr, SocketAddr) {
        let (wss, tls) = (free_address(), free_address());
        let own = |name: &str| self.path(&format!("{name}-{}", wss.port()));
        let mut config = replace(&printed("/etc/nginx/nginx.conf"), change.0, change.1);
        // What Debian's nginx writes where only root may.
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("  {kind}_temp_path {};\n", own(kind)))
            .concat();
        let http = format!("http {{\n  access_log off;\n{temporary}");
        let certificate = self.certificate.certificate().display().to_string();
        for (printed, own) in [
            ("http {\n", http),
            ("/etc/nginx/fullchain.pem", certificate),
            (
                "/etc/nginx/privkey.pem",
                self.certificate.key().display().to_string(),
            ),
            ("listen 443 ", format!("listen {wss} ")),
            ("listen 8902 ", format!("listen {tls} ")),
            (
                "http://127.0.0.1:3000",
                format!("http://{}", self.websocket),
            ),
            ("127.0.0.1:8901", self.tcp.to_string()),
        ] {
            config = replace(&config, printed, &own);
        }
        let file = own("nginx.conf");
        fs::write(&file, config).expect("there is room");
        // One process, which ends with the test.
        let global = format!(
            "daemon off; master_process off; pid {}; error_log stderr notice;",
            own("pid")
        );
        let args = ["-c", &file, "-e", "stderr", "-g", &global];
        let mut nginx = Program::run(&installed("nginx"), &args);
        if !nginx.says("using the \"epoll\" event method").await {
            let log = nginx.end().await.1;
            panic!("nginx does not start: {log}");
        }
        (nginx, wss, tls)
    }

    /// Starts Caddy with the page's configuration. Returns where it listens.
    async fn caddy(&self) -> (Program, SocketAddr) {
        let address = free_address();
        // Instead of a certificate that Caddy would ask an authority for, and without anything for the whole machine.
        let site = format!(
            "{{\n\tadmin off\n\tauto_https disable_redirects\n\tstorage file_system {}\n}}\n\
             https://127.0.0.1:{} {{\n\tbind 127.0.0.1\n\ttls {} {}\n",
            self.path("caddy"),
            address.port(),
            self.certificate.certificate().display(),
            self.certificate.key().display(),
        );
        let config = replace(
            &printed("/etc/caddy/Caddyfile"),
            "im.example.com {\n",
            &site,
        );
        let config = replace(&config, "127.0.0.1:3000", &self.websocket.to_string());
        let file = self.path("Caddyfile");
        fs::write(&file, config).expect("there is room");
        let caddy = installed("caddy").display().to_string();
        let home = format!("XDG_CONFIG_HOME={}", self.path("caddy"));
        let args = [
            &home,
            &caddy,
            "run",
            "--adapter",
            "caddyfile",
            "--config",
            &file,
        ];
        let mut caddy = Program::run(Path::new("/usr/bin/env"), &args);
        if !caddy.says("serving initial configuration").await {
            let log = caddy.end().await.1;
            panic!("Caddy does not start: {log}");
        }
        (caddy, address)
    }

    /// Connects to a proxy from another address of this machine.
    async fn connect(&self, transport: Transport, proxy: SocketAddr, from: &str) -> RawConnection {
        let socket = TcpSocket::new_v4().expect("there are descriptors");
        let from = format!("{from}:0").parse().expect("it is an address");
        socket
            .bind(from)
            .expect("all of 127.0.0.0/8 is this machine's");
        let stream = socket.connect(proxy).await.expect("the proxy listens");
        let stream = self.certificate.encrypt(stream).await;
        let stream = stream.expect("the proxy does the handshake");
        RawConnection::open_through(transport, proxy, stream, &[("X-Forwarded-For", SPOOFED)]).await
    }

    /// Logs in as somebody with a token that is none, and sees that the server's log knows where that came from.
    async fn expect_in_log(&mut self, transport: Transport, proxy: SocketAddr, from: &str) {
        let mut mallory = self.connect(transport, proxy, from).await;
        assert_eq!(mallory.log_in_as("alice", "no token", 0).await.0, 1025);
        assert!(self.server.says(&format!("={from}:")).await, "{from}");
    }

    /// Ends the server, and sees that its log names no address that a client made up.
    async fn expect_no_spoofed(self) {
        self.server.signal(rustix::process::Signal::TERM);
        let (status, log) = self.server.end().await;
        assert!(status.success() && !log.contains(SPOOFED), "{log}");
    }
}

/// Returns where a proxy is installed.
fn installed(name: &str) -> std::path::PathBuf {
    ["/usr/sbin", "/usr/bin", "/usr/local/bin"]
        .iter()
        .map(|folder| Path::new(folder).join(name))
        .find(|path| path.exists())
        .unwrap_or_else(|| {
            panic!("{name} is not installed, and this test needs it: run `make setup-proxies`")
        })
}

const AS_PRINTED: (&str, &str) = ("", "");

#[tokio::test]
async fn behind_nginx_the_server_knows_each_clients_address_and_believes_none_that_a_client_says() {
    let mut site = Site::start().await;
    let (_nginx, wss, tls) = site.nginx(AS_PRINTED).await;
    site.expect_in_log(Transport::WebSocket, wss, "127.0.0.77")
        .await;
    site.expect_in_log(Transport::Tcp, tls, "127.0.0.78").await;

    let token = site.token("alice").await;
    for (transport, proxy) in [(Transport::WebSocket, wss), (Transport::Tcp, tls)] {
        let mut alice = site.connect(transport, proxy, "127.0.0.77").await;
        assert_eq!(
            alice.log_in_as("alice", &token, 0).await.0,
            0,
            "{transport}"
        );
    }
    site.expect_no_spoofed().await;
}

#[tokio::test]
async fn behind_caddy_the_server_knows_each_clients_address_and_believes_none_that_a_client_says() {
    let mut site = Site::start().await;
    let (_caddy, wss) = site.caddy().await;
    site.expect_in_log(Transport::WebSocket, wss, "127.0.0.77")
        .await;

    let token = site.token("alice").await;
    let mut alice = site.connect(Transport::WebSocket, wss, "127.0.0.77").await;
    assert_eq!(alice.log_in_as("alice", &token, 0).await.0, 0);
    site.expect_no_spoofed().await;
}

#[tokio::test]
async fn nginx_leaves_a_quiet_websocket_alone_as_long_as_the_page_has_it() {
    let site = Site::start().await;
    let (_nginx, printed, _) = site.nginx(AS_PRINTED).await;
    // Less than the server takes until it says something by itself.
    let (_impatient, short, _) = site
        .nginx(("proxy_read_timeout 1h;", "proxy_read_timeout 1s;"))
        .await;

    let mut alice = site
        .connect(Transport::WebSocket, printed, "127.0.0.77")
        .await;
    let mut bob = site
        .connect(Transport::WebSocket, short, "127.0.0.77")
        .await;
    for (user, connection) in [("alice", &mut alice), ("bob", &mut bob)] {
        let token = site.token(user).await;
        assert_eq!(connection.log_in_as(user, &token, 0).await.0, 0);
    }
    assert_eq!(bob.receive().await, Received::Closed(None));
    // Quiet for as long, and there.
    alice.send(&data("alice", "bob", "fp", "hi")).await;
    assert_eq!(alice.receive_json().await["dataContent"], "fp");
}
