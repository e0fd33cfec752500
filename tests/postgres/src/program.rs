//! PostgreSQL's programs, and who may run them.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Where Debian keeps them, one folder for each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// Another folder for them.
const VARIABLE: &str = "MOBILEIM_POSTGRES_BIN";

/// Who runs a server if this process is root, which PostgreSQL refuses to be run by.
const USERS: [&str; 2] = ["postgres", "nobody"];

#[derive(Debug, Clone)]
pub(crate) struct Programs {
    folder: PathBuf,
    /// Unless it is who this process is.
    pub(crate) user: Option<User>,
}

/// A user of this machine.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Programs {
    pub(crate) fn find() -> Self {
        let folder = std::env::var_os(VARIABLE).map_or_else(debian, |folder| Some(folder.into()));
        let folder = folder.filter(|folder| folder.join("initdb").exists());
        Self {
            folder: folder.unwrap_or_else(|| {
                panic!(
                    "PostgreSQL is not installed, and this test needs it: run `make setup-postgres`, or set \
                     {VARIABLE} to the folder that has initdb and postgres"
                )
            }),
            user: rustix::process::geteuid().is_root().then(unprivileged),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A program, run by the server's user.
    pub(crate) fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.path(name));
        self.drop_privileges(&mut command);
        command
    }

    pub(crate) fn drop_privileges(&self, command: &mut Command) {
        if let Some(user) = &self.user {
            command.uid(user.uid).gid(user.gid);
        }
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PG")) {
            command.env_remove(name);
        }
        command.env("LC_ALL", "C");
    }

    pub(crate) fn is_ready(&self, port: u16) -> bool {
        self.command("pg_isready")
            .args(["--quiet", "--host=127.0.0.1", "--port", &port.to_string()])
            .stdin(Stdio::null())
            .current_dir("/")
            .status()
            .is_ok_and(|status| status.success())
    }

    pub(crate) fn psql(&self, url: &str, sql: &str) -> String {
        let output = self
            .command("psql")
            .args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only"])
            .args(["--set=ON_ERROR_STOP=1", "--command", sql, url])
            .stdin(Stdio::null())
            .current_dir("/")
            .output()
            .expect("psql comes with the server");
        assert!(
            output.status.success(),
            "{sql}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

/// The folder of the newest version.
fn debian() -> Option<PathBuf> {
    fs::read_dir(DEBIAN)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .max()
        .map(|version| PathBuf::from(format!("{DEBIAN}/{version}/bin")))
}

fn unprivileged() -> User {
    let passwd = fs::read_to_string("/etc/passwd").expect("every system has it");
    USERS
        .iter()
        .find_map(|name| parse(&passwd, name))
        .expect("there is a user to run PostgreSQL by")
}

fn parse(passwd: &str, name: &str) -> Option<User> {
    let line = passwd
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    let mut fields = line.split(':').skip(1);
    Some(User {
        uid: fields.next()?.parse().ok()?,
        gid: fields.next()?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_in_the_list() {
        let passwd =
            "root:x:0:0:root:/root:/bin/bash\npostgres2:x:7:7::/:\npostgres:x:101:104:,,,:/:\n";
        let user = parse(passwd, "postgres").unwrap();
        assert_eq!((user.uid, user.gid), (101, 104));
        assert!(parse(passwd, "nobody").is_none());
    }
}
