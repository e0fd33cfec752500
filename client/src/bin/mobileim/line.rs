//! What a typed line means.

/// What people are told by /help.
pub(crate) const HELP: &str = "\
TEXT               sends TEXT to whom you write to
@NAME TEXT         sends TEXT to NAME, or to a group (@#team hi), and writes to NAME from then on
/to NAME           writes to NAME from then on
/who               says who and where you are
/who NAME          says whether NAME is online, and from then on when that changes; or who is in a group
/group new #TEAM NAME...     makes a group with these members
/group add #TEAM NAME...     adds members to a group
/group remove #TEAM NAME...  removes members from a group
/group leave #TEAM           leaves a group
/group end #TEAM             ends a group for all
/conversations     lists your conversations that the server keeps, with what is unread
/history NAME      shows what was written last with NAME or in a group, which then is read
/devices           lists your devices
/remove-device ID  removes another of your devices, with what waits for it
/login             logs in again after a kick
/quit              logs out (as do Ctrl-C and Ctrl-D)
//TEXT             sends /TEXT";

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    Nothing,
    Say(&'a str),
    SayTo(&'a str, &'a str),
    To(&'a str),
    Who,
    WhoIsIn(&'a str),
    Group(GroupAct, &'a str, Vec<&'a str>),
    WhoIs(&'a str),
    Conversations,
    History(&'a str),
    Devices,
    RemoveDevice(&'a str),
    Login,
    Help,
    Quit,
    Unknown(&'a str),
}

/// What is to be done with a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GroupAct {
    Make,
    Add,
    Remove,
    Leave,
    End,
}

impl<'a> Line<'a> {
    pub(crate) fn parse(line: &'a str) -> Self {
        let line = line.trim_end();
        if line.is_empty() {
            return Self::Nothing;
        }
        if let Some(rest) = line.strip_prefix('@') {
            let (name, text) = split_word(rest);
            return match (name, text) {
                ("", _) => Self::Say(line),
                (name, "") => Self::To(name),
                (name, text) => Self::SayTo(name, text),
            };
        }
        if line.starts_with("//") {
            return Self::Say(&line[1..]);
        }
        let Some(command) = line.strip_prefix('/') else {
            return Self::Say(line);
        };
        match split_word(command) {
            ("to", name) if !name.is_empty() => Self::To(name),
            ("who", "") => Self::Who,
            ("group", what) => Self::group(what).unwrap_or(Self::Unknown(line)),
            ("who", group) if group.starts_with('#') => Self::WhoIsIn(group),
            ("who", user) => Self::WhoIs(user),
            ("conversations", "") => Self::Conversations,
            ("history", name) if !name.is_empty() => Self::History(name),
            ("devices", "") => Self::Devices,
            ("remove-device", id) if !id.is_empty() => Self::RemoveDevice(id),
            ("login", "") => Self::Login,
            ("help", "") => Self::Help,
            ("quit", "") => Self::Quit,
            _ => Self::Unknown(line),
        }
    }

    fn group(what: &'a str) -> Option<Self> {
        let mut words = what.split_whitespace();
        let act = match words.next()? {
            "new" => GroupAct::Make,
            "add" => GroupAct::Add,
            "remove" => GroupAct::Remove,
            "leave" => GroupAct::Leave,
            "end" => GroupAct::End,
            _ => return None,
        };
        let group = words.next()?;
        let users: Vec<_> = words.collect();
        let names_users = match act {
            GroupAct::Make => true,
            GroupAct::Add | GroupAct::Remove => !users.is_empty(),
            GroupAct::Leave | GroupAct::End => users.is_empty(),
        };
        names_users.then_some(Self::Group(act, group, users))
    }
}

/// The first word, and what follows it.
fn split_word(text: &str) -> (&str, &str) {
    text.split_once(char::is_whitespace)
        .map_or((text, ""), |(word, rest)| (word, rest.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_text_unless_it_is_marked() {
        for (line, meaning) in [
            ("", Line::Nothing),
            ("  \n", Line::Nothing),
            ("hello  bob ", Line::Say("hello  bob")),
            ("  indented", Line::Say("  indented")),
            ("@bob hello there", Line::SayTo("bob", "hello there")),
            ("@bob", Line::To("bob")),
            ("@ noon", Line::Say("@ noon")),
            ("/to bob", Line::To("bob")),
            ("/to", Line::Unknown("/to")),
            ("@#team hello", Line::SayTo("#team", "hello")),
            ("/who", Line::Who),
            ("/who #team", Line::WhoIsIn("#team")),
            (
                "/group new #team bob  carol",
                Line::Group(GroupAct::Make, "#team", vec!["bob", "carol"]),
            ),
            (
                "/group leave #team",
                Line::Group(GroupAct::Leave, "#team", Vec::new()),
            ),
            ("/group add #team", Line::Unknown("/group add #team")),
            (
                "/group end #team bob",
                Line::Unknown("/group end #team bob"),
            ),
            ("/group", Line::Unknown("/group")),
            ("/who bob", Line::WhoIs("bob")),
            ("/conversations", Line::Conversations),
            ("/history bob", Line::History("bob")),
            ("/history", Line::Unknown("/history")),
            ("/devices", Line::Devices),
            ("/remove-device d-1 ", Line::RemoveDevice("d-1")),
            ("/remove-device", Line::Unknown("/remove-device")),
            ("/quit", Line::Quit),
            ("/quit now", Line::Unknown("/quit now")),
            ("//etc", Line::Say("/etc")),
            ("a/b", Line::Say("a/b")),
        ] {
            assert_eq!(Line::parse(line), meaning, "{line:?}");
        }
    }
}
