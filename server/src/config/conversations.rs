//! What the settings say of groups and of histories.

use mobileim_hub::store::{Keep, LogLimits};
use mobileim_hub::{ClientGroups, ConversationPolicy};

use super::mistake::{Mistake, Place};
use super::settings::Settings;
use super::store_place::StorePlace;

impl Settings {
    /// Returns which conversations have a log.
    pub fn conversations(&self) -> ConversationPolicy {
        let mut policy = ConversationPolicy::default();
        policy.direct = self.history.direct.0.is_some();
        policy.groups = self.groups.enabled.0;
        policy.read_receipts = self.history.read_receipts.0;
        policy.clients = self.groups.clients.0;
        policy
    }

    /// Returns how many members a group may have.
    pub fn max_members(&self) -> usize {
        self.groups.max_members.0
    }

    /// Returns how many groups a user may own who makes another one.
    pub fn max_owned(&self) -> usize {
        self.groups.max_owned.0
    }

    /// Returns how much of conversations the store keeps.
    pub fn log_limits(&self) -> LogLimits {
        LogLimits {
            pair: Keep {
                age: self.history.direct.0.and_then(|kept| kept.0),
                messages: self.history.direct_messages.0,
            },
            group: Keep {
                age: self.history.groups.0,
                messages: self.history.group_messages.0,
            },
        }
    }

    /// What is kept needs a store that keeps it.
    pub(super) fn check_conversations(
        &self,
        place: &dyn Fn(&'static str) -> Place,
    ) -> Result<(), Mistake> {
        if !self.groups.enabled.0 && self.groups.clients.0 != ClientGroups::Off {
            return Err(place("groups.clients").wrong("needs groups, and 'groups.enabled' is off"));
        }
        let needing = [
            ("groups.enabled", self.groups.enabled.0),
            ("history.direct", self.history.direct.0.is_some()),
        ];
        let needing = needing.into_iter().find(|(_, is_on)| *is_on);
        match (needing, self.store_place_at(place)) {
            (Some((key, _)), Ok(StorePlace::Nowhere)) => {
                Err(place(key).wrong("needs a store that keeps messages, and 'store' is none"))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mobileim_hub::ClientGroups;

    use super::super::tests::read_file as read;

    #[test]
    fn what_is_kept_is_set_by_the_kind_of_conversation() {
        let text = "[groups]\nenabled = true\nclients = \"create\"\nmax-owned = 5\nmax-members = 500\n[history]\nread-receipts = true\ndirect = \"90d\"\ngroups = \"forever\"\ngroup-messages = 1000\n";
        let settings = read(text).unwrap().settings;
        let policy = settings.conversations();
        assert!(policy.groups && policy.direct && policy.read_receipts);
        assert_eq!(policy.clients, ClientGroups::Create);
        assert_eq!((settings.max_members(), settings.max_owned()), (500, 5));
        let limits = settings.log_limits();
        let days = |days: u32| Some(Duration::from_hours(24) * days);
        assert_eq!((limits.pair.age, limits.pair.messages), (days(90), None));
        assert_eq!(
            (limits.group.age, limits.group.messages),
            (None, Some(1000))
        );
        let without = read("").unwrap().settings;
        assert_eq!(without.log_limits().group.age, days(30));
        let forever = read("[history]\ndirect = \"forever\"\n").unwrap().settings;
        assert!(forever.conversations().direct && !forever.conversations().groups);
        assert_eq!(forever.log_limits().pair.age, None);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, expected) in [
            (
                "[groups]\nenabled = \"yes\"\n",
                "file:2: invalid value 'yes' for 'groups.enabled': expected \"on\" or \"off\"",
            ),
            (
                "[groups]\nmax-members = 0\n",
                "file:2: invalid value '0' for 'groups.max-members': expected a number from 1 to 1000000",
            ),
            (
                "[groups]\nenabled = true\nclients = \"on\"\n",
                "file:3: invalid value 'on' for 'groups.clients': expected off, change or create",
            ),
            (
                "[groups]\nclients = \"create\"\n",
                "file:2: 'groups.clients' needs groups, and 'groups.enabled' is off",
            ),
            (
                "[groups]\nmax-owned = 0\n",
                "file:2: invalid value '0' for 'groups.max-owned': expected a number from 1 to 1000000",
            ),
            (
                "[history]\n\ndirect = true\n",
                "file:3: invalid value 'true' for 'history.direct': expected \"off\", a duration such as",
            ),
            (
                "[history]\ngroups = \"off\"\n",
                "file:2: invalid value 'off' for 'history.groups': expected a duration such as",
            ),
            (
                "[history]\ndirect-messages = \"all\"\n",
                "file:2: invalid value 'all' for 'history.direct-messages': expected a number",
            ),
            (
                "[history]\ngroup-mesages = 5\n",
                "file:2: unknown key 'history.group-mesages'; did you mean 'history.group-messages'?",
            ),
            (
                "store = \"none\"\n[groups]\nenabled = true\n",
                "file:3: 'groups.enabled' needs a store that keeps messages, and 'store' is none",
            ),
            (
                "store = \"none\"\n[history]\ndirect = \"forever\"\n",
                "file:3: 'history.direct' needs a store that keeps messages, and 'store' is none",
            ),
        ] {
            let told = read(text).unwrap_err();
            assert!(told.contains(expected), "{told}");
        }
        read("store = \"none\"\n[history]\ngroups = \"1d\"\n").unwrap();
    }
}
