//! Environment variables that look like settings and are none.
//!
//! They are no mistake, as a file's unknown keys are: whoever else is called MobileIM may have set them, and nobody can tell who reads
//! a variable. But most are misspelt.

use super::nearest::nearest;
use super::setting::VARIABLE;
use super::settings::SETTINGS;

/// The variable that names the configuration file.
pub(super) const CONFIG: &str = "MOBILEIM_CONFIG";

/// Those of the terminal client, which has others in common with the server.
const OF_CLIENT: [&str; 3] = ["MOBILEIM_CA", "MOBILEIM_OUTBOX", "MOBILEIM_TOKEN"];

/// How much a variable and the same with more behind it are alike.
const WITH_MORE: f64 = 0.75;

/// Returns what is to be said of variables, given with their values, which are not said.
pub(super) fn warnings(
    variables: impl IntoIterator<Item = (String, String)>,
) -> impl Iterator<Item = String> {
    let mut unknown: Vec<_> = variables
        .into_iter()
        .filter(|(name, _)| name.starts_with(VARIABLE))
        .filter(|(name, value)| !known().any(|known| known == name) && !is_of_others(name, value))
        .map(|(name, _)| name)
        .collect();
    unknown.sort_unstable();
    unknown.into_iter().map(|name| {
        let hint = match nearest(known(), |known| alike(known, &name)) {
            Some(known) => format!("; did you mean '{known}'?"),
            None => String::new(),
        };
        format!("unknown variable '{name}'{hint}")
    })
}

/// How much two variables have in common, from 0 to 1, beside the beginning of all. One with something behind it, as in
/// `MOBILEIM_TCP_PORT`, is likely what was meant.
fn alike(known: &str, name: &str) -> f64 {
    let [known, name] = [known, name].map(|name| name.trim_start_matches(VARIABLE));
    if name
        .strip_prefix(known)
        .is_some_and(|rest| rest.starts_with('_'))
    {
        return WITH_MORE;
    }
    strsim::normalized_damerau_levenshtein(known, name)
}

/// All variables that the server reads.
fn known() -> impl Iterator<Item = &'static str> {
    let settings = SETTINGS.iter().flat_map(|setting| {
        std::iter::once(setting.variable).chain(setting.file.map(|file| file.variable))
    });
    settings.chain([CONFIG])
}

/// Whether a variable is the terminal client's, or one of those that Kubernetes and Docker's links set for a service whose name begins
/// with "mobileim": `…_SERVICE_HOST`, `…_SERVICE_PORT…`, `…_PORT` with a URL, `…_PORT_8901_TCP…`.
fn is_of_others(name: &str, value: &str) -> bool {
    let is_of_port =
        |(_, port): (&str, &str)| port.starts_with(|first: char| first.is_ascii_digit());
    OF_CLIENT.contains(&name)
        || name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || name.ends_with("_PORT") && value.contains("://")
        || name.split_once("_PORT_").is_some_and(is_of_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(variables: &[(&str, &str)]) -> Vec<String> {
        let variables = variables.iter();
        let variables = variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        warnings(variables).collect()
    }

    #[test]
    fn a_variable_that_is_misspelt_is_told_with_the_nearest_and_without_its_value() {
        let told = said(&[
            ("MOBILEIM_XYZZY_PLUGH", "hunter2"),
            ("MOBILEIM_MAX_CONECTIONS", "5"),
            ("MOBILEIM_JWT_SECRETS", "hunter2"),
            ("MOBILEIM_TCP_PORT", "8901"),
            ("mobileim_tcp", "off"),
            ("PATH", "/bin"),
        ]);
        assert_eq!(
            told,
            [
                "unknown variable 'MOBILEIM_JWT_SECRETS'; did you mean 'MOBILEIM_JWT_SECRET'?",
                "unknown variable 'MOBILEIM_MAX_CONECTIONS'; did you mean 'MOBILEIM_MAX_CONNECTIONS'?",
                "unknown variable 'MOBILEIM_TCP_PORT'; did you mean 'MOBILEIM_TCP'?",
                "unknown variable 'MOBILEIM_XYZZY_PLUGH'",
            ]
        );
    }

    #[test]
    fn nothing_is_said_of_those_that_are_known_and_of_those_of_others() {
        let none: [&str; 0] = [];
        assert_eq!(
            said(&known().map(|name| (name, "1")).collect::<Vec<_>>()),
            none
        );
        assert_eq!(
            said(&[
                ("MOBILEIM_CA", "ca.pem"),
                ("MOBILEIM_TOKEN", "hunter2"),
                ("MOBILEIM_SERVICE_HOST", "10.0.0.7"),
                ("MOBILEIM_SERVICE_PORT_WS", "3000"),
                ("MOBILEIM_PORT", "tcp://10.0.0.7:8901"),
                ("MOBILEIM_HTTP_PORT_8080_TCP_ADDR", "10.0.0.7"),
            ]),
            none
        );
    }
}
