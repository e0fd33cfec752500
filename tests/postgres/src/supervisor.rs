//! What outlives a test that was killed, to end its server: a shell that waits for the end of a pipe.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::program::Programs;

const SCRIPT: &str = r#"
folder=$1
shift
pid=
stop() {
  [ -z "$pid" ] && return
  kill -QUIT "$pid" 2>/dev/null
  wait "$pid"
  pid=
}
while read -r order; do
  case $order in
    start) "$@" >>"$folder/log" 2>&1 & pid=$! ;;
    stop) stop; echo stopped ;;
    alive) if kill -0 "$pid" 2>/dev/null; then echo yes; else echo no; fi ;;
    keep) folder= ;;
  esac
done
stop
[ -n "$folder" ] && rm -rf "$folder"
"#;

/// Starts and stops a server, and ends it and removes its folder when this process ends.
pub(crate) struct Supervisor {
    shell: Child,
    /// Closed first when it is dropped.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Supervisor {
    pub(crate) fn new(programs: &Programs, folder: &Path, port: u16) -> Self {
        let mut command = Command::new("/bin/sh");
        programs.drop_privileges(&mut command);
        let mut shell = command
            .args(["-c", SCRIPT, "supervisor"])
            .arg(folder)
            .arg(programs.path("postgres"))
            .arg("-D")
            .arg(folder.join("data"))
            .arg("-k")
            .arg(folder)
            .args(["-h", "127.0.0.1", "-p", &port.to_string()])
            .args(["-c", "fsync=on", "-c", "shared_buffers=64MB"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .current_dir("/")
            // Not ended by the key that ends the test: the pipe tells it.
            .process_group(0)
            .spawn()
            .expect("every system has a shell");
        Self {
            orders: shell.stdin.take(),
            answers: BufReader::new(shell.stdout.take().expect("it is piped")),
            shell,
        }
    }

    pub(crate) fn start(&mut self) {
        self.order("start");
    }

    pub(crate) fn stop(&mut self) {
        self.order("stop");
        assert_eq!(self.answer(), "stopped");
    }

    pub(crate) fn is_alive(&mut self) -> bool {
        self.order("alive");
        self.answer() == "yes"
    }

    /// Leaves the folder to somebody else.
    pub(crate) fn keep_folder(&mut self) {
        self.order("keep");
    }

    fn order(&mut self, order: &str) {
        let orders = self.orders.as_mut().expect("it is not dropped");
        writeln!(orders, "{order}").expect("the shell reads");
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers
            .read_line(&mut line)
            .expect("the shell answers");
        line.trim_end().to_owned()
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        drop(self.orders.take());
        let _ = self.shell.wait();
    }
}
