//! A back end that is asked about messages, and answers well or badly.

use std::fmt;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// How a back end behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// It allows everything at once.
    Prompt,
    /// Nobody listens.
    Down,
    /// It answers after 30 s.
    Slow,
    /// Its answer has no end.
    Endless,
    /// Its answer comes byte by byte.
    Dripping,
    /// Each of its answers is wrong in another way.
    Hostile,
}

impl Manner {
    pub(super) const ALL: [Self; 6] = [
        Self::Prompt,
        Self::Down,
        Self::Slow,
        Self::Endless,
        Self::Dripping,
        Self::Hostile,
    ];
}

impl fmt::Display for Manner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Prompt => "answers at once",
            Self::Down => "down",
            Self::Slow => "answers after 30 s",
            Self::Endless => "answers without end",
            Self::Dripping => "answers a byte every 100 ms",
            Self::Hostile => "garbage, wrong counts, redirections, 100 MB",
        })
    }
}

/// Begins to answer, on threads that end with the program.
pub(super) fn start(manner: Manner) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    if manner != Manner::Down {
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // Whoever loses its patience breaks the connection.
                thread::spawn(move || serve(stream, manner));
            }
        });
    }
    Ok(address)
}

fn serve(stream: TcpStream, manner: Manner) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let header = line.trim().to_ascii_lowercase();
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if header.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        answer(&mut stream, manner, &body)?;
    }
}

fn answer(stream: &mut TcpStream, manner: Manner, body: &[u8]) -> io::Result<()> {
    static ANSWERS: AtomicUsize = AtomicUsize::new(0);
    let allowed = allow_all(body, 0);
    match manner {
        Manner::Prompt | Manner::Down => respond(stream, "200 OK", &allowed),
        Manner::Slow => {
            thread::sleep(Duration::from_secs(30));
            respond(stream, "200 OK", &allowed)
        }
        Manner::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            loop {
                stream.write_all(b"400\r\n")?;
                stream.write_all(&[b' '; 0x400])?;
                stream.write_all(b"\r\n")?;
            }
        }
        Manner::Dripping => {
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
            for byte in head.bytes().chain(std::iter::repeat(b' ')) {
                stream.write_all(&[byte])?;
                thread::sleep(Duration::from_millis(100));
            }
            Ok(())
        }
        Manner::Hostile => match ANSWERS.fetch_add(1, Ordering::Relaxed) % 6 {
            0 => stream.write_all(b"\x16\x03\x01 no HTTP at all\r\n\r\n"),
            1 => respond(stream, "200 OK", &allow_all(body, 1)),
            2 => respond(stream, "302 Found\r\nLocation: http://127.0.0.1:1/", ""),
            3 => respond(stream, "200 OK", &"[".repeat(100_000)),
            4 => respond(stream, "500 Oh", "no"),
            _ => respond(stream, "200 OK", &" ".repeat(100_000_000)),
        },
    }
}

/// Allows each message that is asked about, and some more.
fn allow_all(body: &[u8], more: usize) -> String {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let count = request["messages"].as_array().map_or(0, Vec::len);
    let answers = vec![json!({ "accept": true }); count + more];
    json!({ "answers": answers }).to_string()
}

fn respond(stream: &mut TcpStream, status: &str, body: &str) -> io::Result<()> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())
}
