//! Keys for the API.

use std::process::ExitCode;

use mobileim_server::auth::ApiKeys;

/// Makes a key: prints its line on standard output, as the file takes it, and the key itself on standard error.
pub(crate) fn make(name: &str, scopes: &str) -> ExitCode {
    match ApiKeys::make(name, scopes) {
        Ok(made) => {
            println!("{}", made.line);
            eprintln!("the key, which is not shown again: {}", made.key);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("mobileim-server: {error}");
            ExitCode::FAILURE
        }
    }
}
