//! Messages to everybody who is online.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use mobileim_hub::{Clock as _, Push, Sent, ServerHandle};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::check::check_fingerprint;
use super::messages::{Class, no_type, push};
use super::problem::Problem;
use super::{Api, Asked};
use crate::clock::SystemClock;

/// How many go on at once at most.
const MAX_RUNNING: usize = 4;

/// How many that have ended are remembered.
const MAX_ENDED: usize = 100;

/// To so many users it is sent before others have their turn, if it is not to be slower.
const AT_ONCE: u64 = 16;

/// A message to everybody who is online
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Announcement {
    /// Its text
    text: String,
    /// The application's own type of message
    #[serde(default = "no_type")]
    #[schema(default = -1)]
    typeu: i32,
    /// Whether it is kept for whoever goes offline before it comes
    #[serde(default = "fleeting")]
    #[schema(inline, default = "fleeting")]
    class: Class,
    /// How long what is kept may wait, in seconds
    #[schema(minimum = 1, maximum = 31_622_400)]
    ttl: Option<u64>,
    /// Its fingerprint, which is its id. What is sent again with it, as long as it is remembered, is the same broadcast. Made up if there is none
    #[schema(min_length = 1, max_length = 256)]
    fp: Option<String>,
    /// To how many users it is sent in a second; as many as `api.broadcast-rate` says at most, and by default
    #[schema(minimum = 1)]
    per_second: Option<u32>,
}

const fn fleeting() -> Class {
    Class::Fleeting
}

/// How far a broadcast is
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Progress {
    /// Its id, which is its messages' fingerprint
    id: String,
    #[schema(inline)]
    state: Stage,
    /// When it began, in ms since 1970
    began_at: i64,
    /// How many users were online then
    users: usize,
    /// To how many of them it has been sent
    sent: u64,
    /// How many of them had gone offline before, if it is fleeting
    offline: u64,
    /// To how many it could not be sent, as there was no room or their clients take no message as long
    refused: u64,
}

/// `running`; `done`; `cancelled`, somebody has ended it; `stopped`, the server has
#[derive(Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Stage {
    Running,
    Done,
    Cancelled,
    Stopped,
}

/// Those that go on, and the last that have ended.
#[derive(Debug, Default)]
pub(in crate::http) struct Broadcasts(Mutex<VecDeque<Arc<Broadcast>>>);

#[derive(Debug)]
struct Broadcast {
    id: String,
    began_at: i64,
    users: usize,
    sent: AtomicU64,
    offline: AtomicU64,
    refused: AtomicU64,
    /// A [`Stage`].
    stage: AtomicUsize,
    cancel: watch::Sender<bool>,
}

/// Sends to everybody who is online
///
/// To those who are when this is asked, at a rate that leaves room for people's own messages. It is answered at once.
#[utoipa::path(
    post,
    path = "/api/v1/broadcast",
    operation_id = "broadcast",
    tag = "messages",
    request_body(content = Announcement, example = json!({ "text": "We are back in five minutes", "typeu": 9, "perSecond": 500 })),
    responses((status = 200, description = "How far it is", body = Progress, example = json!({
        "id": "f3a1",
        "state": "running",
        "beganAt": 1_767_225_600_000_i64,
        "users": 1200,
        "sent": 0,
        "offline": 0,
        "refused": 0
    })))
)]
pub(super) async fn begin(
    State(api): Asked,
    announcement: Result<Json<Announcement>, JsonRejection>,
) -> Result<Json<Progress>, Problem> {
    let Json(Announcement {
        text,
        typeu,
        class,
        ttl,
        fp,
        per_second,
    }) = announcement?;
    let push = push(text, typeu, class, ttl)?;
    let most = api.shared.limits.broadcast_rate.max(1);
    let per_second = per_second.unwrap_or(most);
    if !(1..=most).contains(&per_second) {
        return Err(Problem::invalid(format!(
            "expected a perSecond of 1 to {most} (api.broadcast-rate)"
        )));
    }
    let server = api.serving()?.server;
    let id = match fp {
        Some(fp) => check_fingerprint(fp)?,
        None => server.new_fingerprint(),
    };
    let users = server.view().online();
    let (broadcast, is_new) = api.shared.broadcasts.add(&id, users.len())?;
    if is_new {
        let stops = api.stops();
        let cancelled = broadcast.cancel.subscribe();
        let task = Task {
            server,
            broadcast: Arc::clone(&broadcast),
            push,
            per_second,
        };
        tokio::spawn(task.run(users, cancelled, stops));
    }
    Ok(Json(broadcast.progress()))
}

/// Says how far a broadcast is
///
/// The last hundred that have ended are remembered, as long as the server runs.
#[utoipa::path(
    get,
    path = "/api/v1/broadcast/{id}",
    operation_id = "broadcast_progress",
    tag = "messages",
    params(("id" = String, Path, description = "Its id", example = "f3a1", min_length = 1, max_length = 256)),
    responses(
        (status = 200, description = "How far it is", body = Progress, example = json!({
            "id": "f3a1",
            "state": "done",
            "beganAt": 1_767_225_600_000_i64,
            "users": 1200,
            "sent": 1198,
            "offline": 2,
            "refused": 0
        })),
        (status = 404, description = "There is no such broadcast", body = Problem, content_type = "application/problem+json",
            example = json!({ "type": "about:blank", "title": "Not Found", "status": 404, "detail": "there is no broadcast with this id" }))
    )
)]
pub(super) async fn progress(
    State(api): Asked,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Progress>, Problem> {
    Ok(Json(find(&api, id)?.progress()))
}

/// Ends a broadcast
///
/// Whoever has not been sent it yet is not. One that has ended stays as it is.
#[utoipa::path(
    delete,
    path = "/api/v1/broadcast/{id}",
    operation_id = "broadcast_cancel",
    tag = "messages",
    params(("id" = String, Path, description = "Its id", example = "f3a1", min_length = 1, max_length = 256)),
    responses(
        (status = 200, description = "How far it has come", body = Progress, example = json!({
            "id": "f3a1",
            "state": "cancelled",
            "beganAt": 1_767_225_600_000_i64,
            "users": 1200,
            "sent": 500,
            "offline": 0,
            "refused": 0
        })),
        (status = 404, description = "There is no such broadcast", body = Problem, content_type = "application/problem+json",
            example = json!({ "type": "about:blank", "title": "Not Found", "status": 404, "detail": "there is no broadcast with this id" }))
    )
)]
pub(super) async fn cancel(
    State(api): Asked,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Progress>, Problem> {
    let broadcast = find(&api, id)?;
    broadcast.cancel.send_replace(true);
    broadcast.end(Stage::Cancelled);
    Ok(Json(broadcast.progress()))
}

fn find(api: &Api, id: Result<Path<String>, PathRejection>) -> Result<Arc<Broadcast>, Problem> {
    let Path(id) = id?;
    let id = check_fingerprint(id)?;
    api.serving()?;
    let found = api.shared.broadcasts.find(&id);
    found.ok_or_else(|| Problem::not_found("there is no broadcast with this id"))
}

impl Broadcasts {
    fn find(&self, id: &str) -> Option<Arc<Broadcast>> {
        let known = self.0.lock();
        known.iter().find(|known| known.id == id).cloned()
    }

    /// Adds one to so many users, if there is none with this id, and says whether there was none.
    fn add(&self, id: &str, users: usize) -> Result<(Arc<Broadcast>, bool), Problem> {
        let mut known = self.0.lock();
        if let Some(found) = known.iter().find(|known| known.id == id) {
            return Ok((Arc::clone(found), false));
        }
        let is_running = |broadcast: &&Arc<Broadcast>| broadcast.stage() == Stage::Running;
        let running = known.iter().filter(is_running).count();
        if running >= MAX_RUNNING {
            return Err(Problem::too_many(
                format!("{MAX_RUNNING} broadcasts are under way, and no more may be"),
                Duration::from_secs(1),
            ));
        }
        if known.len() - running >= MAX_ENDED
            && let Some(oldest) = known
                .iter()
                .position(|known| known.stage() != Stage::Running)
        {
            known.remove(oldest);
        }
        let broadcast = Arc::new(Broadcast {
            id: id.to_owned(),
            began_at: SystemClock::new().unix_millis(),
            users,
            sent: AtomicU64::new(0),
            offline: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            stage: AtomicUsize::new(Stage::Running as usize),
            cancel: watch::Sender::new(false),
        });
        known.push_back(Arc::clone(&broadcast));
        Ok((broadcast, true))
    }
}

impl Broadcast {
    fn stage(&self) -> Stage {
        let stages = [Stage::Done, Stage::Cancelled, Stage::Stopped];
        let stage = self.stage.load(Ordering::Relaxed);
        let mut stages = stages.into_iter();
        stages
            .find(|known| *known as usize == stage)
            .unwrap_or(Stage::Running)
    }

    /// It ends so, unless it has ended.
    fn end(&self, stage: Stage) {
        let (running, relaxed) = (Stage::Running as usize, Ordering::Relaxed);
        // Whatever it was before holds.
        let _ = self
            .stage
            .compare_exchange(running, stage as usize, relaxed, relaxed);
    }

    fn progress(&self) -> Progress {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Progress {
            id: self.id.clone(),
            state: self.stage(),
            began_at: self.began_at,
            users: self.users,
            sent: read(&self.sent),
            offline: read(&self.offline),
            refused: read(&self.refused),
        }
    }
}

/// What sends a broadcast.
struct Task {
    server: ServerHandle,
    broadcast: Arc<Broadcast>,
    push: Push,
    per_second: u32,
}

impl Drop for Task {
    fn drop(&mut self) {
        // Where it did not come to its end.
        self.broadcast.end(Stage::Stopped);
    }
}

impl Task {
    async fn run(
        self,
        users: Vec<Arc<str>>,
        mut cancelled: watch::Receiver<bool>,
        stops: impl Future<Output = ()>,
    ) {
        let end = tokio::select! {
            () = self.send_all(users) => Stage::Done,
            // Its sender is there as long as this is.
            _ = cancelled.wait_for(|cancelled| *cancelled) => Stage::Cancelled,
            () = stops => Stage::Stopped,
        };
        self.broadcast.end(end);
    }

    async fn send_all(&self, users: Vec<Arc<str>>) {
        let began = Instant::now();
        let interval = Duration::from_secs(1) / self.per_second;
        for (number, user) in (0_u32..).zip(users) {
            let due = began + interval * number;
            if due > Instant::now() {
                tokio::time::sleep_until(due).await;
            } else if u64::from(number) % AT_ONCE == AT_ONCE - 1 {
                tokio::task::yield_now().await;
            }
            let sent = self.server.send_as(&self.broadcast.id, &user, &self.push);
            let count = match sent {
                Sent::OnItsWay | Sent::Repeated => &self.broadcast.sent,
                Sent::Offline => &self.broadcast.offline,
                _ => &self.broadcast.refused,
            };
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}
