//! The groups that are kept, read before the start.

use std::collections::HashMap;
use std::time::Duration;

use mobileim_hub::store::{LogOwner, StoredGroup, owner_of_log};

use super::Durable;
use super::log_tables::{GroupRow, LogReads, Member};
use super::messages::Messages;
use super::writer::{Writer, within};
use crate::database::{Backend, Failure};

/// How many groups are read at once, and how many members.
const GROUPS: u32 = 1000;
const MEMBERS: u32 = 10_000;

impl<D: Backend<Connection: Messages>> Durable<D> {
    /// The groups that have not ended. Before it is started.
    pub(in crate::store) async fn groups(&self) -> Result<Vec<StoredGroup>, Failure> {
        let read = async |writer: &mut Writer<D>| {
            let patience = writer.database.patience();
            read_all::<D>(writer.database.get().await?, patience).await
        };
        self.before_start(read).await
    }
}

async fn read_all<D: Backend<Connection: LogReads>>(
    connection: &mut D::Connection,
    patience: Option<Duration>,
) -> Result<Vec<StoredGroup>, Failure> {
    let mut all = Vec::new();
    let mut behind = 0;
    loop {
        let read = connection.read_groups(behind, GROUPS);
        let page = within::<D::Connection, _>(patience, read).await?;
        let is_last = page.len() < GROUPS as usize;
        behind = page.last().map_or(behind, |group| group.id);
        all.extend(with_members::<D>(connection, patience, page).await?);
        if is_last {
            return Ok(all);
        }
    }
}

async fn with_members<D: Backend<Connection: LogReads>>(
    connection: &mut D::Connection,
    patience: Option<Duration>,
    rows: Vec<GroupRow>,
) -> Result<Vec<StoredGroup>, Failure> {
    let mut ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let indexes: HashMap<_, _> = ids.iter().copied().zip(0..).collect();
    let groups = rows.into_iter().map(|row| {
        let id = match owner_of_log(&row.name) {
            Some(LogOwner::Group(group)) => group,
            _ => "",
        };
        StoredGroup {
            id: id.into(),
            settings: row.settings.unwrap_or_default().into(),
            members: Vec::new(),
        }
    });
    let mut groups: Vec<_> = groups.collect();
    let mut behind = (0, String::new());
    while !ids.is_empty() {
        let read = connection.read_members(&ids, (behind.0, &behind.1), MEMBERS);
        let page = within::<D::Connection, _>(patience, read).await?;
        let is_last = page.len() < MEMBERS as usize;
        if let Some(Member { log, user, .. }) = page.last() {
            behind = (*log, user.clone());
        }
        for Member { log, user, role } in page {
            let index: usize = indexes[&log];
            groups[index].members.push((user.into(), role));
        }
        // Those before it are complete.
        ids.retain(|id| *id >= behind.0 && !is_last);
    }
    Ok(groups)
}
