//! The server itself.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use mobileim_hub::Label as _;
use serde::Serialize;
use utoipa::ToSchema;

use super::Asked;
use super::problem::Problem;

/// The server
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ServerInfo {
    version: &'static str,
    /// For how long it has served, in seconds
    uptime: u64,
    /// The sessions now, by transport
    #[schema(value_type = BTreeMap<String, u64>)]
    sessions: BTreeMap<&'static str, u64>,
    /// The TCP and WebSocket connections now, logged in or not
    connections: u64,
    /// The addresses on which it listens, by listener
    #[schema(value_type = BTreeMap<String, String>)]
    listeners: BTreeMap<String, String>,
}

/// Looks at the server
///
/// Its version, for how long it serves, its sessions and where it listens.
#[utoipa::path(
    get,
    path = "/api/v1/server",
    operation_id = "server",
    tag = "server",
    responses((status = 200, description = "The server", body = ServerInfo, example = json!({
        "version": "0.1.0",
        "uptime": 3600,
        "sessions": { "tcp": 2, "udp": 0, "websocket": 40 },
        "connections": 43,
        "listeners": { "http": "127.0.0.1:8080", "tcp": "0.0.0.0:8901", "ws": "0.0.0.0:3000" }
    })))
)]
pub(super) async fn answer(State(api): Asked) -> Result<Json<ServerInfo>, Problem> {
    let parts = api.serving()?;
    let sessions = parts.server.stats().sessions;
    Ok(Json(ServerInfo {
        version: env!("CARGO_PKG_VERSION"),
        uptime: parts.since.elapsed().as_secs(),
        sessions: sessions
            .iter()
            .map(|(transport, count)| (transport.name(), count))
            .collect(),
        connections: parts.admission.open() as u64,
        listeners: api
            .listeners
            .iter()
            .map(|(name, address)| (name.clone(), address.to_string()))
            .collect(),
    }))
}
