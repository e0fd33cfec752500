//! Lines for the file of users.

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use mobileim_server::auth::Users;

/// Reads a password, from a terminal without showing it, and prints the line on standard output.
pub(crate) fn print_line(user: &str) -> ExitCode {
    let line = read().map_err(|error| format!("cannot read a password: {error}"));
    let line = line.and_then(|password| {
        let line = Users::line(user, &password);
        line.map_err(|error| error.to_string())
    });
    match line {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("mobileim-server: {error}");
            ExitCode::FAILURE
        }
    }
}

fn read() -> io::Result<String> {
    if io::stdin().is_terminal() {
        return rpassword::prompt_password("Password: ");
    }
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
