//! What is said of groups in one word.

use mobileim_protocol::mailbox;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A group's id: it begins with #, and has 2 to 256 bytes
#[derive(ToSchema)]
#[schema(pattern = r"^#[\s\S]{1,255}$")]
#[expect(dead_code, reason = "for the document")]
pub(super) struct GroupId(String);

/// Who may write: `all`, all members who are not muted; `admins`, its owners and admins; `server`, the server alone, and users in whose name the
/// back end sends are not it
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Writers {
    #[default]
    All,
    Admins,
    Server,
}

/// From where on a member may read what was written: `joining`, from where the member joined; `all`, all that is kept
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum HistoryFrom {
    #[default]
    Joining,
    All,
}

/// Who may add members, where clients change groups: `admins`, its owners and admins; `all`, all members
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Inviters {
    #[default]
    Admins,
    All,
}

/// What a member may do, where clients change groups: `member`, read, write and leave; `admin`, change who is in it, too; `owner`, everything
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    #[default]
    Member,
    Admin,
    Owner,
}

/// Says which of the hub's is which of the API's, both ways.
macro_rules! same {
    ($api:ident, $hub:path: $($name:ident),+) => {
        impl From<$hub> for $api {
            fn from(it: $hub) -> Self {
                match it { $(<$hub>::$name => Self::$name,)+ }
            }
        }

        impl From<$api> for $hub {
            fn from(it: $api) -> Self {
                match it { $($api::$name => Self::$name,)+ }
            }
        }
    };
}

same!(Writers, mobileim_hub::Writers: All, Admins, Server);
same!(HistoryFrom, mobileim_hub::HistoryFrom: Joining, All);
same!(Inviters, mobileim_hub::Inviters: Admins, All);
same!(Role, mailbox::Role: Member, Admin, Owner);
