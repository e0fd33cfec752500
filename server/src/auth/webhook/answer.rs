//! What the back end answers.

use mobileim_protocol::codes;
use serde::Deserialize;

use crate::webhook::words;

/// An answer that is clear.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Accept {
        /// In ms since 1970.
        until: Option<i64>,
    },
    Refuse {
        code: i64,
        why: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    accept: bool,
    expires_at: Option<i64>,
    code: Option<i64>,
    reason: Option<String>,
}

impl Answer {
    /// Reads an answer; an error says why it is none.
    pub(super) fn read(body: &[u8]) -> Result<Self, String> {
        let written: Written = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        if written.accept {
            let until = written.expires_at;
            return Ok(Self::Accept { until });
        }
        let code = written.code.unwrap_or(codes::BAD_TOKEN);
        if code < codes::FIRST_APPLICATION_REFUSAL {
            return Err(format!(
                "code {code} is below {}",
                codes::FIRST_APPLICATION_REFUSAL
            ));
        }
        let why = words(&written.reason.unwrap_or_default());
        Ok(Self::Refuse { code, why })
    }
}
