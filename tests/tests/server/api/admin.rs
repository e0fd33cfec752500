//! The admin page, and what the API has for it.

use mobileim_protocol::Transport;
use mobileim_server::auth::ApiAccess;
use mobileim_server::{EffectiveSetting, EffectiveSettings, Shown, Source};
use mobileim_tests::application::{ANY_PORT, server};
use mobileim_tests::raw::RawConnection;
use serde_json::json;

use super::{Stage, ask};

#[tokio::test]
async fn the_admin_page_stands_beside_the_api_and_may_do_little_else_than_ask_it() {
    for builder in [
        server().http(ANY_PORT).demo_page(true),
        server().http(ANY_PORT).api(ANY_PORT),
    ] {
        let stage = Stage::with(builder.admin_page(true)).await;
        let page = ask(stage.address(), "GET", "/admin/", "", "").await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("make demo"), "{page:?}");
        for header in [
            "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
             connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "referrer-policy: no-referrer",
            "x-content-type-options: nosniff",
        ] {
            assert!(page.head.contains(header), "{page:?}");
        }
        let without_slash = ask(stage.address(), "GET", "/admin", "", "").await;
        assert_eq!(without_slash.status, 308);
        assert!(
            without_slash.head.contains("location: admin/\r\n"),
            "{without_slash:?}"
        );
        for path in ["/admin/nothing", "/admin/assets/../../api/v1/server"] {
            assert_eq!(ask(stage.address(), "GET", path, "", "").await.status, 404);
        }
        let addresses = stage.server.addresses();
        if addresses.api.is_some() {
            let http = addresses.http.unwrap();
            assert_eq!(ask(http, "GET", "/admin/", "", "").await.status, 404);
        }
    }
}

#[tokio::test]
async fn without_keys_or_switched_off_there_is_no_admin_page() {
    let keys = ApiAccess::new(None);
    let builder = server().http(ANY_PORT).admin_page(true);
    let without = builder.api_keys(keys.clone()).start().await.unwrap();
    let http = without.addresses().http.unwrap();
    assert_eq!(ask(http, "GET", "/admin/", "", "").await.status, 404);
    keys.replace(Some("".parse().unwrap()));
    assert_eq!(ask(http, "GET", "/admin/", "", "").await.status, 200);
    let off = Stage::start().await;
    let answer = ask(off.address(), "GET", "/admin/", "", "").await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn the_counters_are_there_as_json() {
    let stage = Stage::start().await;
    let before = stage.get("/api/v1/stats").await.json();
    assert_eq!(
        before["sessions"],
        json!({ "tcp": 0, "udp": 0, "websocket": 0 })
    );
    assert_eq!(before["store"]["works"], true);
    assert_eq!(before["messages"]["delivered"], 0, "{before}");
    let delivery = &before["delivery"];
    let (bounds, counts) = (delivery["bounds"].as_array(), delivery["counts"].as_array());
    assert_eq!(bounds.unwrap().len() + 1, counts.unwrap().len());
    let _alice = RawConnection::log_in(Transport::Tcp, stage.server.addresses(), "alice").await;
    let after = stage.get("/api/v1/stats").await.json();
    assert!(after["at"].as_u64().unwrap() >= before["at"].as_u64().unwrap());
    assert_eq!(after["sessions"]["tcp"], 1, "{after}");
    assert_eq!(after["connections"], 1, "{after}");
    assert_eq!(after["logins"]["accepted"], 1, "{after}");
}

#[tokio::test]
async fn the_configuration_is_told_without_what_is_secret() {
    let setting = |key, value, source| EffectiveSetting {
        key,
        value,
        source,
        needs_restart: false,
    };
    let line = Source::File {
        path: "mobileim.toml".to_owned(),
        line: 2,
    };
    let settings = EffectiveSettings::new(vec![
        setting("listen.tcp", Shown::Value("[::1]:1".to_owned()), line),
        setting(
            "auth.jwt-secret",
            Shown::Secret { is_set: true },
            Source::Variable("MOBILEIM_JWT_SECRET".to_owned()),
        ),
        setting("auth.users-file", Shown::Otherwise("none"), Source::Default),
    ]);
    let stage = Stage::with(server().http(ANY_PORT).settings(settings.clone())).await;
    let told = stage.get("/api/v1/config").await.json();
    let expected = json!({ "settings": [
        {
            "key": "listen.tcp", "value": "[::1]:1", "source": "file", "place": "mobileim.toml", "line": 2,
            "needsRestart": false
        },
        {
            "key": "auth.jwt-secret", "isSet": true, "source": "variable", "place": "MOBILEIM_JWT_SECRET",
            "needsRestart": false
        },
        { "key": "auth.users-file", "otherwise": "none", "source": "default", "needsRestart": false },
    ] });
    assert_eq!(told, expected);
    let flag = Source::Flag("--tcp <ADDR>".to_owned());
    let changed = setting("listen.tcp", Shown::Value("[::1]:2".to_owned()), flag);
    settings.replace(vec![changed], &["listen.tcp"]);
    let told = stage.get("/api/v1/config").await.json();
    assert_eq!(told["settings"][0]["value"], "[::1]:1");
    assert_eq!(told["settings"][0]["needsRestart"], true);
    let without = Stage::start().await;
    let answer = without.get("/api/v1/config").await;
    answer.complains(404, "an application runs this server");
}
