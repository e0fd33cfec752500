//! What requests name: whether it can be.

use mobileim_hub::is_group_id;
use mobileim_protocol::{MAX_ID_LEN, SERVER, is_fingerprint, is_user_id};

use super::problem::Problem;

/// The most users that one request may name.
pub(super) const MAX_USERS: usize = 1000;

/// How many of something a page has: if nothing is said, and at most.
const LIMIT: usize = 100;
const MAX_LIMIT: usize = 1000;

/// What no list of users may be.
pub(super) fn check_users(users: &[String]) -> Result<(), Problem> {
    if users.is_empty() || users.len() > MAX_USERS {
        return Err(Problem::invalid(format!(
            "expected 1 to {MAX_USERS} users, not {}",
            users.len()
        )));
    }
    users.iter().try_for_each(|user| check_user(user))
}

pub(super) fn check_user(user: &str) -> Result<(), Problem> {
    if is_user_id(user) {
        return Ok(());
    }
    Err(Problem::invalid(format!(
        "no user can have an id that is empty, 0, -1 or longer than {MAX_ID_LEN} bytes"
    )))
}

/// A group's id.
pub(super) fn check_group(id: String) -> Result<String, Problem> {
    if is_group_id(&id) {
        return Ok(id);
    }
    Err(Problem::invalid(format!(
        "the id of a group begins with #, and has 2 to {MAX_ID_LEN} bytes"
    )))
}

/// A user, or the server.
pub(super) fn check_sender(from: String) -> Result<String, Problem> {
    if from != SERVER {
        check_user(&from)?;
    }
    Ok(from)
}

pub(super) fn check_fingerprint(fp: String) -> Result<String, Problem> {
    if is_fingerprint(&fp) {
        return Ok(fp);
    }
    Err(Problem::invalid(format!(
        "expected a fingerprint of 1 to {MAX_ID_LEN} bytes"
    )))
}

/// How many of something are wanted.
pub(super) fn check_limit(limit: Option<usize>) -> Result<usize, Problem> {
    let limit = limit.unwrap_or(LIMIT);
    if (1..=MAX_LIMIT).contains(&limit) {
        return Ok(limit);
    }
    Err(Problem::invalid(format!(
        "expected a limit of 1 to {MAX_LIMIT}"
    )))
}

/// Leaves so many of what was found, and gives the last of them if there are more: the next page begins behind it.
pub(super) fn cut<T>(found: &mut Vec<T>, limit: usize) -> Option<&T> {
    let has_more = found.len() > limit;
    found.truncate(limit);
    found.last().filter(|_| has_more)
}
