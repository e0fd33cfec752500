//! An example of a configuration file.

use super::setting::{Kind, Setting};
use super::settings::SETTINGS;

const HEAD: &str = "\
# The configuration of mobileim-server, with all that can be set, as it is if it is not set.
# Environment variables win over this file, and flags over both: mobileim-server --help names them.
";

/// The width of the file's lines.
const WIDTH: usize = 100;

/// Returns a configuration file with all settings and their help. All is commented out.
pub fn example() -> String {
    let mut lines: Vec<String> = HEAD.lines().map(str::to_owned).collect();
    let mut section = "";
    // What stands before the first section belongs to none.
    let (without, within): (Vec<&Setting>, Vec<_>) = SETTINGS
        .iter()
        .partition(|setting| split(setting.key).0.is_empty());
    for setting in without.into_iter().chain(within) {
        let (its_section, name) = split(setting.key);
        if its_section != section {
            section = its_section;
            lines.extend([String::new(), format!("[{section}]")]);
        }
        lines.push(String::new());
        lines.extend(
            wrapped(&help(setting))
                .iter()
                .map(|line| format!("# {line}")),
        );
        lines.push(format!("#{name} = {}", value(setting)));
        if setting.is_secret() {
            lines.push(format!("#{name}-file = \"FILE\""));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

/// Returns the section and the name in a key.
fn split(key: &'static str) -> (&'static str, &'static str) {
    key.rsplit_once('.').unwrap_or(("", key))
}

fn help(setting: &Setting) -> String {
    let otherwise = setting
        .otherwise
        .map(|words| format!(" [default: {words}]"));
    format!("{}{}", setting.help, otherwise.unwrap_or_default())
}

/// Returns the default as it is written in a file, or a name for what would be there.
fn value(setting: &Setting) -> String {
    let Some(default) = setting.default else {
        return format!("\"{}\"", setting.value.unwrap_or_default());
    };
    match setting.kind {
        Kind::Switch => (default == "on").to_string(),
        Kind::List => {
            let values: Vec<_> = default.split(',').map(|one| format!("\"{one}\"")).collect();
            format!("[{}]", values.join(", "))
        }
        _ if default.parse::<i64>().is_ok() => default.to_owned(),
        _ => format!("\"{default}\""),
    }
}

fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is one from the start");
        if line.len() + word.len() + 3 > WIDTH {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use tempfile::NamedTempFile;

    use super::super::command_line::Invocation;
    use super::*;

    /// The example with every setting that has a default switched on.
    fn uncommented() -> String {
        let mut file = String::new();
        let mut section = "";
        let example = example();
        for line in example.lines() {
            if let Some(name) = line.strip_prefix('[') {
                section = name.trim_end_matches(']');
            }
            let is_default = SETTINGS.iter().any(|setting| {
                let (its_section, name) = split(setting.key);
                its_section == section
                    && setting.default.is_some()
                    && line.starts_with(&format!("#{name} ="))
            });
            file.push_str(if is_default { &line[1..] } else { line });
            file.push('\n');
        }
        file
    }

    #[test]
    fn it_names_everything() {
        let example = example();
        for setting in SETTINGS {
            let (section, name) = split(setting.key);
            let mut sections = example.split("\n[");
            let within = if section.is_empty() {
                sections.next()
            } else {
                sections.find(|text| text.starts_with(&format!("{section}]")))
            };
            let line = format!("\n#{name} = ");
            let count = within.map(|text| text.matches(&line).count());
            assert_eq!(count, Some(1), "{line} in [{section}] of\n{example}");
        }
        assert!(example.lines().all(|line| line.len() <= WIDTH), "{example}");
    }

    #[test]
    fn it_is_a_configuration_and_says_what_the_defaults_are() {
        let read = |text: &str| {
            let mut file = NamedTempFile::new().unwrap();
            file.write_all(text.as_bytes()).unwrap();
            let path = file.path().to_str().unwrap();
            match Invocation::from_args(["mobileim-server", "--dev", "--config", path]) {
                Ok(Invocation::Serve(configuration)) => format!("{:?}", configuration.settings),
                other => panic!("{other:?}"),
            }
        };
        let text = uncommented();
        assert!(text.contains("\ntcp = \"127.0.0.1:8901\"\n"), "{text}");
        assert_eq!(read(&text), read(""));
        assert_eq!(read(&example()), read(""));
    }
}
