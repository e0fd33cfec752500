//! A user's devices, and their removal.

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::{Extension, Json};
use mobileim_hub::DeviceView;
use mobileim_protocol::MAX_DEVICE_LEN;
use serde::{Deserialize, Serialize};
use tracing::info;
use utoipa::{IntoParams, ToSchema};

use super::Asked;
use super::check::check_user;
use super::problem::Problem;
use super::users::UserId;
use crate::auth::ApiKey;

/// A user's devices
#[derive(Serialize, ToSchema)]
pub(super) struct Devices {
    user: String,
    /// In the order they came; none where users have one session, whatever it is on
    devices: Vec<Device>,
}

/// A device of a user's: each gets each message
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Device {
    /// What its client calls it; empty for clients that name none, as those of MobileIMSDK
    #[serde(rename = "device")]
    name: String,
    /// What kind of device it is, as its client says
    #[schema(required = true)]
    platform: Option<String>,
    /// When it logged in first, in ms since 1970
    since: i64,
    /// When it was online last, in ms since 1970: to about a day
    last_seen: i64,
    /// The number of its session, if it is online
    #[schema(required = true)]
    session: Option<u64>,
    /// From when on messages were not kept for it, as it has been away for long and has too many, in ms since 1970
    #[schema(required = true)]
    missed_since: Option<i64>,
}

impl From<DeviceView> for Device {
    fn from(device: DeviceView) -> Self {
        Self {
            name: device.id.to_string(),
            platform: Some(device.platform.to_string()).filter(|name| !name.is_empty()),
            since: device.since,
            last_seen: device.seen,
            session: device.session.map(|session| session.0),
            missed_since: device.missed_since,
        }
    }
}

/// Which device is meant
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// What its client calls it; empty for the one of clients that name none
    #[param(max_length = 64)]
    device: String,
}

/// The device is removed
#[derive(Serialize, ToSchema)]
pub(super) struct DeviceRemoved {
    /// What its client calls it
    removed: String,
}

/// Lists a user's devices
///
/// A user of whom no device is known has none.
#[utoipa::path(
    get,
    path = "/api/v1/users/{user}/devices",
    operation_id = "devices",
    tag = "users",
    params(("user" = UserId, Path, description = "The user's id", example = "alice")),
    responses((status = 200, description = "The user's devices", body = Devices, example = json!({
        "user": "alice",
        "devices": [{
            "device": "0f8fad5b-d9cb-469f-a165-70867728950e",
            "platform": "web",
            "since": 1_767_225_600_000_i64,
            "lastSeen": 1_767_225_660_000_i64,
            "session": 7,
            "missedSince": null
        }]
    })))
)]
pub(super) async fn list(
    State(api): Asked,
    user: Result<Path<String>, PathRejection>,
) -> Result<Json<Devices>, Problem> {
    let Path(user) = user?;
    check_user(&user)?;
    let devices = api.serving()?.server.devices(&user);
    let devices = devices.into_iter().map(Device::from).collect();
    Ok(Json(Devices { user, devices }))
}

/// Removes a device of a user
///
/// Its session ends, its client is told not to come back (code 2), and what waits for it is removed. Should it log in again, it is a new
/// device.
#[utoipa::path(
    delete,
    path = "/api/v1/users/{user}/devices",
    operation_id = "remove_device",
    tag = "users",
    params(("user" = UserId, Path, description = "The user's id", example = "alice"), Which),
    responses(
        (status = 200, description = "It is removed", body = DeviceRemoved, example = json!({ "removed": "0f8fad5b-d9cb-469f-a165-70867728950e" })),
        (status = 404, description = "The user has no such device", body = Problem, content_type = "application/problem+json",
            example = json!({
                "type": "about:blank",
                "title": "Not Found",
                "status": 404,
                "detail": "the user has no device with this name"
            }))
    )
)]
pub(super) async fn remove(
    State(api): Asked,
    Extension(key): Extension<ApiKey>,
    user: Result<Path<String>, PathRejection>,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<DeviceRemoved>, Problem> {
    let Path(user) = user?;
    let Query(Which { device }) = which?;
    check_user(&user)?;
    if device.len() > MAX_DEVICE_LEN {
        return Err(Problem::invalid(format!(
            "no device has a name that is longer than {MAX_DEVICE_LEN} bytes"
        )));
    }
    if !api.serving()?.server.remove_device(&user, &device) {
        return Err(Problem::not_found("the user has no device with this name"));
    }
    info!(key = &*key.name, ?user, ?device, "a device is removed");
    Ok(Json(DeviceRemoved { removed: device }))
}
