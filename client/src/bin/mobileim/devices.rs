//! `/devices` and `/remove-device`.

use mobileim_client::{Client, QuestionError, UserDevice};

/// Lists the user's devices.
pub(crate) async fn list(client: Client) -> String {
    match client.devices().await {
        Ok(devices) if devices.is_empty() => {
            "no devices: here a user has one session, whatever it is on".to_owned()
        }
        Ok(devices) => {
            let lines: Vec<_> = devices.iter().map(in_words).collect();
            lines.join("\n")
        }
        Err(error) => failed(&error),
    }
}

/// Removes a device.
pub(crate) async fn remove(client: Client, id: String) -> String {
    match client.remove_device(&id).await {
        Ok(()) => format!("{id} is removed"),
        Err(error) => failed(&error),
    }
}

fn in_words(device: &UserDevice) -> String {
    let id = if device.id.is_empty() {
        "(unnamed)"
    } else {
        &device.id
    };
    let mut line = match &device.platform {
        Some(platform) => format!("{id} ({platform})"),
        None => id.to_owned(),
    };
    line.push_str(if device.online { ": online" } else { ": away" });
    if device.own {
        line.push_str(", this one");
    }
    if device.missed_since.is_some() {
        line.push_str(", misses newer messages");
    }
    line
}

fn failed(error: &QuestionError) -> String {
    format!("no answer: {error}")
}
