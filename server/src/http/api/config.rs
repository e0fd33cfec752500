//! The settings by which the server runs.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::Asked;
use super::problem::Problem;
use crate::effective::{EffectiveSetting, Shown, Source};

/// The settings by which the server runs
#[derive(Serialize, ToSchema)]
pub(super) struct ServerSettings {
    settings: Vec<ServerSetting>,
}

/// A setting
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ServerSetting {
    /// Its name in a file
    key: &'static str,
    /// Its value as text; not there for a secret, and if it has none. Of a URL, the query is left out
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    value: Option<String>,
    /// If it has no value, what holds in its place, in words
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    otherwise: Option<&'static str>,
    /// For a secret, whether it is set
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    is_set: Option<bool>,
    source: SettingSource,
    /// What it was set by: the flag, the environment variable or the file
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    place: Option<String>,
    /// The line of the file
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    line: Option<usize>,
    /// Whether another value is configured, which holds after a restart
    needs_restart: bool,
}

/// Where a setting was set
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum SettingSource {
    Default,
    Flag,
    Variable,
    File,
}

impl From<&EffectiveSetting> for ServerSetting {
    fn from(setting: &EffectiveSetting) -> Self {
        let (value, otherwise, is_set) = match &setting.value {
            Shown::Value(value) => (Some(value.clone()), None, None),
            Shown::Otherwise(words) => (None, Some(*words), None),
            Shown::Secret { is_set } => (None, None, Some(*is_set)),
        };
        let (source, place, line) = match &setting.source {
            Source::Default => (SettingSource::Default, None, None),
            Source::Flag(flag) => (SettingSource::Flag, Some(flag.clone()), None),
            Source::Variable(name) => (SettingSource::Variable, Some(name.clone()), None),
            Source::File { path, line } => (SettingSource::File, Some(path.clone()), Some(*line)),
        };
        Self {
            key: setting.key,
            value,
            otherwise,
            is_set,
            source,
            place,
            line,
            needs_restart: setting.needs_restart,
        }
    }
}

/// Looks at the configuration
///
/// All settings as they are in effect, and where each was set. Of a secret it says only whether it is set.
#[utoipa::path(
    get,
    path = "/api/v1/config",
    operation_id = "config",
    tag = "server",
    responses(
        (status = 200, description = "The settings", body = ServerSettings, example = json!({
            "settings": [
                { "key": "listen.tcp", "value": "0.0.0.0:8901", "source": "file", "place": "mobileim.toml", "line": 2, "needsRestart": false },
                { "key": "auth.jwt-secret", "isSet": true, "source": "variable", "place": "MOBILEIM_JWT_SECRET_FILE", "needsRestart": false }
            ]
        })),
        (status = 404, description = "An application runs the server by settings of its own", body = Problem,
            content_type = "application/problem+json", example = json!({
                "type": "about:blank",
                "title": "Not Found",
                "status": 404,
                "detail": "an application runs this server, by settings of its own"
            }))
    )
)]
pub(super) async fn answer(State(api): Asked) -> Result<Json<ServerSettings>, Problem> {
    let Some(settings) = &api.settings else {
        let detail = "an application runs this server, by settings of its own";
        return Err(Problem::not_found(detail));
    };
    let settings = settings.current();
    Ok(Json(ServerSettings {
        settings: settings.iter().map(ServerSetting::from).collect(),
    }))
}
