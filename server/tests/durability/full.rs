//! A disk that fills, or is full, and stays as small as it is: what is fetched makes room, and does not come again.

use std::io::{BufRead, BufReader};
use std::ops::Range;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::client::{Client, Received, data};
use crate::disk::{why_not_mounted, wrapped};
use crate::place::in_directory;
use crate::server::Server;

/// How long each message is.
const LEN: usize = 2000;

/// After so long, it is looked why a message was not acknowledged.
const A_WHILE: Duration = Duration::from_millis(1500);

/// A file system that only the programs see which are started in it, and that outlives them.
struct Mounted {
    directory: TempDir,
    /// Lives in the mount's namespace, and keeps it.
    holder: Child,
}

impl Mounted {
    /// Mounts something on a new directory, by a shell command in which `$0` is that directory.
    fn new(mount: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut holder = Command::new("unshare")
            .args(["--mount", "sh", "-c"])
            .arg(format!("{mount} && echo mounted && exec sleep infinity"))
            .arg(directory.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(holder.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line, "mounted\n");
        Self { directory, holder }
    }

    fn tmpfs(options: &str) -> Self {
        Self::new(&format!(
            "mount -t tmpfs -o mode=0700,{options} tmpfs \"$0\""
        ))
    }

    /// An ext4 file system in a file beside the directory.
    fn ext4(size: &str) -> Self {
        Self::new(&format!(
            "truncate -s {size} \"$0.image\" && mkfs.ext4 -q -F -m 0 \"$0.image\" && \
             mount -o loop \"$0.image\" \"$0\" && rm \"$0.image\""
        ))
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A command that runs where the file system is mounted.
    fn inside(&self, command: &Command) -> Command {
        let holder = self.holder.id().to_string();
        let nsenter = ["--target", &holder, "--mount", "--"];
        wrapped(Command::new("nsenter").args(nsenter), command)
    }

    /// A server that fills it to the last byte.
    fn start(&self) -> Server {
        self.start_with(&["--min-free-disk", "0"])
    }

    fn start_with(&self, args: &[&str]) -> Server {
        let data = self.path().join("data");
        Server::start(&mut self.inside(in_directory(&data).args(args)))
    }

    fn run(&self, script: &str) {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]).arg(self.path());
        let status = self.inside(&shell).status().unwrap();
        assert!(status.success(), "{script}");
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // With the last process in it, the namespace ends, and with that the mount.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// Sends messages from a number on, one after the other, until one is not stored or so many are; gives the number of the
/// first that is not.
fn send(server: &Server, first: usize, most: usize) -> usize {
    let mut alice = Client::log_in(server.tcp, "alice");
    for number in first..first + most {
        if !send_one(server, &mut alice, number) {
            return number;
        }
    }
    first + most
}

/// Sends a message until it is stored, or the server says that it cannot store anything. Returns whether it is stored.
fn send_one(server: &Server, alice: &mut Client, number: usize) -> bool {
    loop {
        alice.send(&data("alice", "bob", number, LEN)).unwrap();
        match alice.receive_within(A_WHILE) {
            Received::Message(answer) => {
                assert_eq!(answer["type"], 4, "{answer}");
                // Or that of an earlier one, which was sent twice.
                if answer["dataContent"].as_str() == Some(&*number.to_string()) {
                    return true;
                }
            }
            // Or it is slow.
            Received::Nothing if server.get("/readyz").0 == 200 => {}
            Received::Nothing => return false,
            Received::Gone => panic!("the server is gone"),
        }
    }
}

/// Sends messages from a number on, one after the other, until one is refused; gives the number of that.
fn send_until_refused(server: &Server, first: usize) -> usize {
    let mut alice = Client::log_in(server.tcp, "alice");
    for number in first.. {
        alice.send(&data("alice", "bob", number, LEN)).unwrap();
        let answer = alice.receive().unwrap();
        if answer["type"] == 52 {
            let content = answer["dataContent"].as_str().unwrap();
            assert!(content.contains("302"), "{answer}");
            return number;
        }
        assert_eq!(answer["type"], 4, "{answer}");
    }
    unreachable!("the disk is small")
}

/// The value of a metric.
fn metric(server: &Server, name: &str) -> u64 {
    let (_, page) = server.get("/metrics");
    let mut lines = page.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.expect(name).trim_end_matches(".0").parse().unwrap()
}

/// Bob fetches all that waits for him, which has to be these numbers.
fn fetch(server: &Server, expected: Range<usize>) {
    let mut bob = Client::log_in(server.tcp, "bob");
    for number in expected {
        let message = bob.receive().unwrap();
        assert_eq!(message["fp"], number.to_string());
        bob.acknowledge("bob", "alice", &number.to_string());
    }
    if let Received::Message(message) = bob.receive_within(A_WHILE) {
        panic!("it comes again: {message}");
    }
    bob.see_all_handled();
}

/// The server itself fills the disk, again and again.
fn what_was_fetched_makes_room(disk: &Mounted) {
    let mut server = disk.start();
    let mut first = 0;
    let mut most = 0;
    for round in 0..3 {
        let end = send(&server, first, usize::MAX / 2);
        assert!(end - first > 100, "{} in round {round}", end - first);
        // As much each time.
        assert!(end - first >= most / 2, "{} of {most}", end - first);
        most = most.max(end - first);
        let trouble = server.trouble();
        assert!(trouble.contains("fails: "), "{trouble}");
        if round == 1 {
            // Also if the server that filled it is not there any more.
            server.kill();
            server = disk.start();
        }
        fetch(&server, first..end);
        server.wait_until_ready();
        server.kill();
        server = disk.start();
        fetch(&server, 0..0);
        first = end;
    }
    server.stop();
}

/// The server fills the disk as far as it may, and nothing fails.
fn what_fills_is_noticed(disk: &Mounted) {
    let mut server = disk.start_with(&[]);
    let mut first = 0;
    let mut most = 0;
    for round in 0..3 {
        let end = send_until_refused(&server, first);
        assert!(end - first > 100, "{} in round {round}", end - first);
        assert!(end - first >= most / 2, "{} of {most}", end - first);
        most = most.max(end - first);
        assert_eq!(server.get("/readyz").0, 200);
        assert_eq!(metric(&server, "mobileim_store_disk_low"), 1);
        let free = metric(&server, "mobileim_store_disk_free_bytes");
        let min_free = metric(&server, "mobileim_store_disk_min_free_bytes");
        assert!(free > min_free / 2, "{free} of {min_free}");
        if round == 1 {
            server.kill();
            server = disk.start_with(&[]);
            assert_eq!(send_until_refused(&server, end), end);
        }
        fetch(&server, first..end);
        // What was refused stays so.
        first = end + 1;
    }
    let log = server.stop();
    let warnings = log.lines().filter(|line| line.contains("less than the"));
    assert_eq!(warnings.count(), 1, "{log}");
    assert!(log.contains("the disk has too little free room"), "{log}");
    assert!(!log.contains("fails: "), "{log}");
}

/// Somebody else fills the disk while messages wait.
fn what_was_fetched_is_deleted(disk: &Mounted) {
    let mut server = disk.start();
    assert_eq!(send(&server, 0, 150), 150);
    disk.run("cat /dev/zero > \"$0/filler\" 2> /dev/null; test -s \"$0/filler\"");
    let end = send(&server, 150, usize::MAX / 2);
    fetch(&server, 0..end);
    server.kill();
    server = disk.start();
    fetch(&server, 0..0);
    // What was fetched has made room, though there is none on the disk.
    let again = send(&server, end, 50);
    assert_eq!(again, end + 50);
    fetch(&server, end..again);
    disk.run("rm \"$0/filler\"");
    server.wait_until_ready();
    assert_eq!(send(&server, again, 200), again + 200);
    server.stop();
}

/// Why a test of a mounted file system cannot be made here, if it cannot.
fn is_skipped() -> bool {
    let why = why_not_mounted();
    if let Some(why) = &why {
        println!("skipped: no file system can be mounted here ({why})");
    }
    why.is_some()
}

/// Whether this machine makes and mounts file systems in files.
fn has_no_ext4() -> bool {
    let probe = Command::new("unshare")
        .args(["--mount", "sh", "-c"])
        .arg(
            "image=$(mktemp) && truncate -s 4M \"$image\" && mkfs.ext4 -q -F \"$image\" && \
             mount -o loop \"$image\" /mnt && rm \"$image\"",
        )
        .output();
    match probe {
        Ok(output) if output.status.success() => false,
        Ok(output) => {
            let why = String::from_utf8_lossy(&output.stderr);
            println!("skipped: ext4 cannot be mounted here ({})", why.trim());
            true
        }
        Err(error) => {
            println!("skipped: unshare: {error}");
            true
        }
    }
}

#[test]
fn a_disk_that_fills_is_noticed_before_it_is_full_and_what_is_fetched_makes_room() {
    if !is_skipped() {
        for size in ["6m", "24m"] {
            what_fills_is_noticed(&Mounted::tmpfs(&format!("size={size}")));
        }
    }
}

#[test]
fn a_disk_that_others_fill_is_noticed_before_it_is_full() {
    if is_skipped() {
        return;
    }
    let disk = Mounted::tmpfs("size=24m");
    let server = disk.start_with(&["--min-free-disk", "8MiB"]);
    assert_eq!(send(&server, 0, 50), 50);
    disk.run("head -c 14M /dev/zero > \"$0/filler\"");
    let refused = send_until_refused(&server, 50);
    assert_eq!(metric(&server, "mobileim_store_disk_low"), 1);
    disk.run("rm \"$0/filler\"");
    // It looks by itself, and says so.
    let mut alice = Client::log_in(server.tcp, "alice");
    let mut number = refused + 1;
    loop {
        alice.send(&data("alice", "eve", number, LEN)).unwrap();
        if alice.receive().unwrap()["type"] == 4 {
            break;
        }
        number += 1;
    }
    assert_eq!(metric(&server, "mobileim_store_disk_low"), 0);
    let log = server.stop();
    assert!(log.contains("has room again"), "{log}");
    assert!(!log.contains("fails: "), "{log}");
}

#[test]
fn what_was_fetched_makes_room_on_a_full_tmpfs_and_does_not_come_again() {
    if !is_skipped() {
        for size in ["2m", "12m"] {
            what_was_fetched_makes_room(&Mounted::tmpfs(&format!("size={size}")));
        }
    }
}

#[test]
fn what_was_fetched_makes_room_on_a_full_ext4_and_does_not_come_again() {
    if !has_no_ext4() {
        what_was_fetched_makes_room(&Mounted::ext4("16M"));
    }
}

#[test]
fn what_was_fetched_is_deleted_on_a_tmpfs_that_something_else_has_filled() {
    if !is_skipped() {
        what_was_fetched_is_deleted(&Mounted::tmpfs("size=12m"));
    }
}

#[test]
fn what_was_fetched_is_deleted_on_an_ext4_that_something_else_has_filled() {
    if !has_no_ext4() {
        what_was_fetched_is_deleted(&Mounted::ext4("16M"));
    }
}
