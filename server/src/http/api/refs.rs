//! What messages refer to.

use mobileim_hub::{Refs, ReplyTo};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::Problem;

/// A message that another replies to
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reply {
    /// Its sender: a user's id, or 0 for the server
    #[schema(min_length = 1, max_length = 256)]
    from: String,
    /// Its fingerprint
    #[schema(min_length = 1, max_length = 256)]
    fp: String,
    /// Its number in the conversation, if that is known
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 9_223_372_036_854_775_807_i64)]
    seq: Option<u64>,
}

impl From<ReplyTo> for Reply {
    fn from(ReplyTo { from, fp, seq }: ReplyTo) -> Self {
        Self { from, fp, seq }
    }
}

/// What a message refers to, if it refers to something and that can be.
pub(super) fn refs(
    reply_to: Option<Reply>,
    mentions: Vec<String>,
    mentions_all: bool,
) -> Result<Option<Refs>, Problem> {
    let refs = Refs {
        reply_to: reply_to.map(|Reply { from, fp, seq }| ReplyTo { from, fp, seq }),
        mentions,
        mentions_all,
    };
    let refs = refs.checked();
    let refs = refs.map_err(|error| Problem::invalid(error.to_string()))?;
    Ok(Some(refs).filter(|refs| !refs.is_empty()))
}
