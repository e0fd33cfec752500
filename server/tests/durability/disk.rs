//! A disk that cannot be written, or is full while the server runs and then has room again.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use rustix::process::{Resource, Rlimit, prlimit};

use crate::place::in_directory;
use crate::server::{Server, refused};
use crate::traffic::{Numbers, Pair, Stream, fetch, send_all};

/// How much room there is at first.
const SIZE: &str = "2m";
const SIZE_IN_BLOCKS: &str = "4096";

/// Whatever bounds a directory.
trait Disk {
    /// Runs the server on it.
    fn command(&self, directory: &Path) -> Command;

    /// Makes room for a running server.
    fn grow(&self, server: &Server);
}

/// A file system in memory, which only the server sees: it is mounted in a namespace of its own.
struct SmallFileSystem;

/// What the kernel calls the limit of a process for the size of its files: works without any rights.
struct FileSizeLimit;

impl Disk for SmallFileSystem {
    fn command(&self, directory: &Path) -> Command {
        mounted(&format!("size={SIZE},mode=0700"), directory)
    }

    fn grow(&self, server: &Server) {
        let pid = server.pid().as_raw_nonzero().to_string();
        let environment = std::fs::read_to_string(format!("/proc/{pid}/environ")).unwrap();
        let directory = environment
            .split('\0')
            .find_map(|variable| variable.strip_prefix("MOBILEIM_DATA_DIR="))
            .unwrap();
        let status = Command::new("nsenter")
            .args(["--target", &pid, "--mount", "mount"])
            .args(["-o", "remount,size=200m", directory])
            .status()
            .unwrap();
        assert!(status.success());
    }
}

impl Disk for FileSizeLimit {
    fn command(&self, directory: &Path) -> Command {
        let script = format!("trap '' XFSZ && ulimit -S -f {SIZE_IN_BLOCKS} && exec \"$0\" \"$@\"");
        wrapped(
            Command::new("sh").args(["-c", &script]),
            &in_directory(directory),
        )
    }

    fn grow(&self, server: &Server) {
        let unlimited = Rlimit {
            current: None,
            maximum: None,
        };
        prlimit(Some(server.pid()), Resource::Fsize, unlimited).unwrap();
    }
}

/// The server with a new file system in memory on its data directory.
fn mounted(options: &str, directory: &Path) -> Command {
    wrapped(
        Command::new("unshare")
            .args(["--mount", "sh", "-c"])
            .arg(format!(
                "mount -t tmpfs -o {options} tmpfs \"$0\" && exec \"$@\""
            ))
            .arg(directory),
        in_directory(directory).args(["--min-free-disk", "0"]),
    )
}

/// Why no file system can be mounted here, if none can.
pub(crate) fn why_not_mounted() -> Option<String> {
    let probe = Command::new("unshare")
        .args(["--mount", "sh", "-c", "mount -t tmpfs tmpfs /mnt"])
        .output();
    match probe {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Some(format!("unshare: {error}")),
    }
}

/// One command that runs another one.
pub(crate) fn wrapped(wrapper: &Command, command: &Command) -> Command {
    let mut whole = Command::new(wrapper.get_program());
    whole
        .args(wrapper.get_args())
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => whole.env(name, value),
            None => whole.env_remove(name),
        };
    }
    whole
}

fn a_full_disk_is_survived(disk: &dyn Disk, reason: &str) {
    let directory = tempfile::tempdir().unwrap();
    // On a busy machine the sender is told late that it has sent enough.
    let mut command = disk.command(directory.path());
    command.args([
        "--max-stored",
        "unlimited",
        "--max-stored-bytes",
        "unlimited",
    ]);
    let server = Server::start(&mut command);
    let mut pair = Pair::log_in(server.tcp);
    let numbers = Numbers::from(0).with_len(2000);
    let stream = Stream::start(server.tcp, numbers);
    stream.wait_for(200);
    stream.wait_for_silence();
    // It still is, and what needs no store goes on.
    stream.wait_for_silence();
    pair.exchange();
    disk.grow(&server);
    let enough = 3000;
    stream.wait_for(enough);
    let acknowledged = stream.end();
    assert!(acknowledged >= enough);
    let numbers = Numbers::from(acknowledged).up_to(acknowledged + 1);
    send_all(server.tcp, numbers.with_len(2000));
    let fetched = fetch(server.tcp, acknowledged);
    assert_eq!(fetched, (0..=acknowledged).collect::<Vec<_>>());
    let log = server.stop();
    assert!(
        log.contains(&format!("mobileim.db fails: {reason}")),
        "{log}"
    );
    assert!(log.contains("mobileim.db works again"), "{log}");
}

#[test]
fn a_full_file_system_refuses_what_is_new_until_there_is_room() {
    match why_not_mounted() {
        None => a_full_disk_is_survived(&SmallFileSystem, "database or disk is full"),
        Some(why) => {
            println!("no file system can be mounted ({why}): the limit for files stands in for it");
            a_full_disk_is_survived(&FileSizeLimit, "disk I/O error");
        }
    }
}

#[test]
fn files_that_must_not_grow_refuse_what_is_new_until_they_may() {
    a_full_disk_is_survived(&FileSizeLimit, "disk I/O error");
}

#[test]
fn a_read_only_directory_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let file = format!("{}/mobileim.db", path.display());
    let (mut command, place, why) = match why_not_mounted() {
        None => (mounted("ro", path), &*file, "Read-only file system"),
        Some(why) if !rustix::process::geteuid().is_root() => {
            println!("no file system can be mounted ({why}): permissions stand in for it");
            std::fs::set_permissions(path, PermissionsExt::from_mode(0o500)).unwrap();
            (in_directory(path), &*file, "Permission denied")
        }
        Some(why) => {
            println!(
                "no file system can be mounted ({why}), and permissions keep root from nothing: the kernel's stands in for it"
            );
            let path = "/proc/self/data";
            (in_directory(Path::new(path)), path, "")
        }
    };
    let log = refused(&mut command);
    let expected = format!("cannot keep messages in {place}: {why}");
    assert!(log.contains(&expected), "{log}");
}
