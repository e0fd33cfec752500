//! What back ends send with SQL.

mod ends;

use std::thread;
use std::time::{Duration, Instant};

use mobileim_test_postgres::{Cluster, Database};
use rustix::process::Signal;
use serde_json::Value;

use crate::client::Client;
use crate::place::in_database;
use crate::server::Server;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A database with a schema for the server's tables, and a function that says what goes wrong with a statement.
fn database(cluster: &Cluster) -> Database {
    let database = cluster.create_database();
    cluster.run(
        &database,
        "CREATE SCHEMA mobileim;
        CREATE FUNCTION public.attempt(sql TEXT) RETURNS TEXT LANGUAGE plpgsql AS $$
        BEGIN
            EXECUTE sql;
            RETURN 'ok';
        EXCEPTION WHEN OTHERS THEN
            RETURN SQLSTATE || ': ' || SQLERRM;
        END $$",
    );
    database
}

fn run(database: &Database, sql: &str) -> String {
    Cluster::shared().run(database, sql)
}

fn attempt(database: &Database, sql: &str) -> String {
    run(database, &format!("SELECT public.attempt($sql${sql}$sql$)"))
}

fn send(database: &Database, to: &str, fp: &str) {
    let sql = format!("SELECT mobileim.send('{to}', 'the text of {fp}', fp => '{fp}')");
    assert_eq!(run(database, &sql), fp);
}

/// Waits until the view says this.
fn wait_for(database: &Database, query: &str, wanted: &str) {
    let until = Instant::now() + PATIENCE;
    loop {
        let answer = run(database, query);
        if answer == wanted {
            return;
        }
        assert!(Instant::now() < until, "{query}: {answer}, not {wanted}");
        thread::sleep(Duration::from_millis(50));
    }
}

fn wait_for_state(database: &Database, fp: &str, wanted: &str) {
    let query = format!("SELECT state FROM mobileim.deliveries WHERE fp = '{fp}'");
    wait_for(database, &query, wanted);
}

fn wait_for_metric(server: &Server, wanted: &str) {
    let until = Instant::now() + PATIENCE;
    loop {
        let (_, metrics) = server.get("/metrics");
        if metrics.contains(wanted) {
            return;
        }
        assert!(Instant::now() < until, "no {wanted}: {metrics}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Receives a message of the server and acknowledges it.
fn receive(client: &mut Client, user: &str) -> Value {
    let message = client.receive().expect("the server stays");
    let fp = message["fp"].as_str().unwrap();
    client.acknowledge(user, message["from"].as_str().unwrap(), fp);
    message
}

#[test]
fn a_back_end_needs_no_more_than_to_execute_the_function_and_to_read_the_view() {
    let cluster = Cluster::shared();
    let owner = database(cluster);
    let server = Server::start(&mut in_database(&owner.url));
    cluster.run_as_admin("CREATE ROLE shop LOGIN PASSWORD 'secret'");
    let shop = Database {
        name: owner.name.clone(),
        url: cluster.url("shop", "secret", &owner.name),
    };
    let send = "SELECT mobileim.send('bob', 'hi', fp => '1')";
    assert_eq!(
        attempt(&shop, send),
        "42501: permission denied for schema mobileim"
    );
    run(&owner, "GRANT USAGE ON SCHEMA mobileim TO shop");
    assert_eq!(
        attempt(&shop, send),
        "42501: permission denied for function send"
    );
    run(
        &owner,
        "GRANT EXECUTE ON FUNCTION mobileim.send TO shop; GRANT SELECT ON mobileim.deliveries TO shop",
    );
    assert_eq!(attempt(&shop, send), "ok");
    wait_for(
        &shop,
        "SELECT receiver, sender IS NULL, state FROM mobileim.deliveries",
        "bob|t|stored",
    );
    for sql in [
        "SELECT FROM mobileim.submissions",
        "SELECT FROM mobileim.messages",
        "SELECT setval('mobileim.submissions_wake', 0)",
        "DELETE FROM mobileim.deliveries",
        "SELECT FROM mobileim.deliveries FOR UPDATE",
    ] {
        let denied = attempt(&shop, sql);
        assert!(denied.starts_with("42501: permission denied"), "{denied}");
    }
    // Nothing of the caller's own takes the place of what the function means.
    run(
        &shop,
        "CREATE TEMP TABLE submissions (LIKE mobileim.deliveries); SET search_path = pg_temp, mobileim;
        SELECT mobileim.send('bob', 'hi', fp => '2')",
    );
    wait_for_state(&shop, "2", "stored");
    server.stop();
}

#[test]
fn what_nobody_could_be_sent_is_refused_in_the_transaction() {
    let database = database(Cluster::shared());
    let server = Server::start(&mut in_database(&database.url));
    let nobody =
        "22023: receiver: no user can have an id that is empty, 0, -1 or longer than 256 bytes";
    let no_time = "22023: ttl: expected an interval that is longer than 0 and not longer than 366 days, or null for none";
    for (arguments, answer) in [
        ("'bob', 'hi'", "ok"),
        ("'bob', ''", "ok"),
        (
            "repeat('ä', 128), 'hi', NULL, repeat('ä', 128), repeat('ä', 128)",
            "ok",
        ),
        (
            "NULL, 'hi'",
            "22004: receiver is null: the id of a user is wanted",
        ),
        ("'', 'hi'", nobody),
        ("'0', 'hi'", nobody),
        ("'-1', 'hi'", nobody),
        ("repeat('ä', 129), 'hi'", nobody),
        (
            "'bob', 'hi', sender => '0'",
            "22023: sender: no user can have an id that is empty, 0, -1 or longer than 256 bytes; null stands for the server",
        ),
        (
            "'bob', NULL",
            "22004: text is null: what is sent has a text, if an empty one",
        ),
        (
            "'bob', repeat('ä', 32769)",
            "22023: text: no client takes a message that is longer than 65536 bytes",
        ),
        (
            "'bob', 'hi', fp => ''",
            "22023: fp: expected a fingerprint of 1 to 256 bytes, or null for one that is made up",
        ),
        (
            "'bob', 'hi', fp => repeat('ä', 129)",
            "22023: fp: expected a fingerprint of 1 to 256 bytes, or null for one that is made up",
        ),
        ("'bob', 'hi', ttl => '1 ms'", "ok"),
        ("'bob', 'hi', ttl => '366 days'", "ok"),
        ("'bob', 'hi', ttl => '0'", no_time),
        ("'bob', 'hi', ttl => '-1 s'", no_time),
        ("'bob', 'hi', ttl => '367 days'", no_time),
    ] {
        let sql = format!("SELECT mobileim.send({arguments})");
        assert_eq!(attempt(&database, &sql), answer, "{arguments}");
    }
    let made_up = "SELECT count(DISTINCT mobileim.send('bob', 'hi')) FROM generate_series(1, 100)";
    assert_eq!(run(&database, made_up), "100");
    server.stop();
}

#[test]
fn what_is_sent_again_with_its_fingerprint_is_sent_once_and_what_came_first_holds() {
    let database = database(Cluster::shared());
    let server = Server::start(&mut in_database(&database.url));
    let mut bob = Client::log_in(server.tcp, "bob");
    for text in ["first", "second"] {
        let sql = format!("SELECT mobileim.send('bob', '{text}', 7, 'order')");
        assert_eq!(run(&database, &sql), "order");
    }
    // Another receiver's and another sender's are others.
    run(
        &database,
        "SELECT mobileim.send('carol', 'third', 7, 'order')",
    );
    run(
        &database,
        "SELECT mobileim.send('bob', 'fourth', 7, 'order', 'alice')",
    );
    let message = receive(&mut bob, "bob");
    assert_eq!(
        (&message["from"], &message["typeu"]),
        (&"0".into(), &7.into())
    );
    assert_eq!(message["dataContent"], "first");
    let message = receive(&mut bob, "bob");
    assert_eq!(
        (&message["from"], &message["dataContent"]),
        (&"alice".into(), &"fourth".into())
    );
    let query = "SELECT string_agg(concat_ws(' ', sender, receiver, state), ', ' ORDER BY queued_at) FROM mobileim.deliveries";
    wait_for(
        &database,
        query,
        "bob delivered, carol stored, alice bob delivered",
    );
    server.stop();
}

#[test]
fn what_became_of_each_is_in_the_view() {
    let database = database(Cluster::shared());
    let server = Server::start(in_database(&database.url).args(["--max-stored", "2"]));
    for fp in ["1", "2"] {
        send(&database, "bob", fp);
    }
    wait_for_state(&database, "1", "stored");
    wait_for_state(&database, "2", "refused");
    // Written by hand, by somebody who may.
    run(
        &database,
        "INSERT INTO mobileim.submissions (receiver, fp, text) VALUES ('0', 'nobody', 'hi'), ('bob', '', 'hi'), ('bob', 'long', repeat('x', 300000));
        INSERT INTO mobileim.submissions (receiver, fp) VALUES ('bob', 'none')",
    );
    wait_for_state(&database, "none", "refused");
    let reasons = "SELECT string_agg(concat('/', fp, '/ ', reason), ', ' ORDER BY fp) FROM mobileim.deliveries WHERE state = 'refused'";
    wait_for(
        &database,
        reasons,
        "// bad_fp, /2/ mailbox_full, /long/ too_long, /nobody/ bad_receiver, /none/ no_text",
    );
    // Fetched after a restart.
    server.kill();
    let server = Server::start(&mut in_database(&database.url));
    let mut bob = Client::log_in(server.tcp, "bob");
    assert_eq!(receive(&mut bob, "bob")["dataContent"], "the text of 1");
    wait_for_state(&database, "1", "delivered");
    let times = "SELECT queued_at <= stored_at AND stored_at <= delivered_at FROM mobileim.deliveries WHERE fp = '1'";
    assert_eq!(run(&database, times), "t");
    let texts = "SELECT count(text) FROM mobileim.submissions";
    assert_eq!(run(&database, texts), "0", "no text is kept here");
    wait_for_metric(
        &server,
        "mobileim_submissions_total{outcome=\"delivered\"} 1",
    );
    wait_for_metric(&server, "mobileim_submissions_up 1.0");
    server.stop();
}

#[test]
fn what_nobody_has_told_the_server_of_is_found_all_the_same() {
    let database = database(Cluster::shared());
    let server = Server::start(&mut in_database(&database.url));
    send(&database, "bob", "1");
    wait_for_state(&database, "1", "stored");
    // As whoever submits sees it while the server looks by itself, and may commit later.
    run(&database, "SELECT setval('mobileim.submissions_wake', 0)");
    send(&database, "bob", "2");
    wait_for_state(&database, "2", "stored");
    server.stop();
}

#[test]
fn what_is_locked_by_hand_keeps_no_message_from_being_stored() {
    let database = database(Cluster::shared());
    let server = Server::start(&mut in_database(&database.url));
    let locked = database.clone();
    let lock = thread::spawn(move || {
        run(
            &locked,
            "BEGIN; LOCK TABLE mobileim.submissions IN EXCLUSIVE MODE; SELECT pg_sleep(3); COMMIT",
        );
    });
    wait_for(
        &database,
        "SELECT count(*) FROM pg_locks WHERE relation = 'mobileim.submissions'::regclass AND mode = 'ExclusiveLock'",
        "1",
    );
    let began = Instant::now();
    crate::traffic::send_all(server.tcp, crate::traffic::Numbers::from(0).up_to(10));
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
    lock.join().unwrap();
    send(&database, "bob", "1");
    wait_for_state(&database, "1", "stored");
    server.stop();
}

#[test]
fn a_server_whose_database_comes_back_goes_on_with_what_was_sent() {
    let cluster = Cluster::start();
    let database = database(&cluster);
    let server = Server::start(&mut in_database(&database.url));
    let send = |fp: &str| {
        cluster.run(
            &database,
            &format!("SELECT mobileim.send('bob', 'hi', fp => '{fp}')"),
        );
    };
    let mut bob = Client::log_in(server.tcp, "bob");
    send("1");
    assert_eq!(receive(&mut bob, "bob")["fp"], "1");
    cluster.crash();
    cluster.start_again();
    send("2");
    assert_eq!(receive(&mut bob, "bob")["fp"], "2");
    cluster.run(&database, "ALTER TABLE mobileim.submissions RENAME TO gone");
    wait_for_metric(&server, "mobileim_submissions_up 0.0");
    cluster.run(&database, "ALTER TABLE mobileim.gone RENAME TO submissions");
    send("3");
    assert_eq!(receive(&mut bob, "bob")["fp"], "3");
    let log = server.stop();
    assert!(log.contains("what back ends send with SQL cannot be read, and waits: relation \"submissions\" does not exist"), "{log}");
    assert!(
        log.contains("what back ends send with SQL can be read again"),
        "{log}"
    );
}

#[test]
fn servers_in_two_schemas_of_one_database_have_each_their_own() {
    let database = Cluster::shared().create_database();
    run(&database, "CREATE SCHEMA one; CREATE SCHEMA two");
    let servers = ["one", "two"].map(|schema| {
        let url = format!("{}?options=-csearch_path%3D{schema}", database.url);
        Server::start(&mut in_database(&url))
    });
    for schema in ["one", "two"] {
        let sql = format!("SELECT {schema}.send('bob', 'hi', fp => '{schema}')");
        run(&database, &sql);
    }
    for (schema, server) in ["one", "two"].iter().zip(servers) {
        let mut bob = Client::log_in(server.tcp, "bob");
        assert_eq!(receive(&mut bob, "bob")["fp"], *schema);
        bob.see_all_handled();
        let (code, log) = server.end(Signal::TERM);
        assert_eq!(code, Some(0), "{log}");
    }
}

/// What the function was before it had a time to live.
const BEFORE: &str = include_str!("../../../migrations/postgres/0003_submissions.sql");

#[test]
fn a_function_without_a_time_to_live_is_replaced_and_who_might_execute_it_still_may() {
    let cluster = Cluster::shared();
    let owner = database(cluster);
    Server::start(&mut in_database(&owner.url)).stop();
    let before = BEFORE.find("CREATE FUNCTION").unwrap();
    run(
        &owner,
        &format!(
            "SET search_path = mobileim; DROP FUNCTION send; DROP VIEW deliveries; ALTER TABLE submissions DROP COLUMN expires_at;
            DELETE FROM _sqlx_migrations WHERE version = 7; {}",
            &BEFORE[before..]
        ),
    );
    cluster.run_as_admin("CREATE ROLE \"Old shop\" LOGIN PASSWORD 'secret'");
    run(
        &owner,
        "GRANT USAGE ON SCHEMA mobileim TO \"Old shop\";
        GRANT EXECUTE ON FUNCTION mobileim.send TO \"Old shop\" WITH GRANT OPTION;
        GRANT SELECT ON mobileim.deliveries TO \"Old shop\";
        SELECT mobileim.send('bob', 'before', fp => '1')",
    );
    let server = Server::start(&mut in_database(&owner.url));
    let shop = Database {
        name: owner.name.clone(),
        url: cluster.url("%4Fld%20shop", "secret", &owner.name),
    };
    run(
        &shop,
        "SELECT mobileim.send('bob', 'after', 7, '2', 'alice'), mobileim.send('bob', 'with it', fp => '3', ttl => '1 day')",
    );
    let states = "SELECT string_agg(fp || ' ' || state, ', ' ORDER BY fp) FROM mobileim.deliveries";
    wait_for(&shop, states, "1 stored, 2 stored, 3 stored");
    let may = "SELECT has_function_privilege('public', 'mobileim.send(text, text, integer, text, text, interval)', 'EXECUTE'),
        has_function_privilege('Old shop', 'mobileim.send(text, text, integer, text, text, interval)', 'EXECUTE WITH GRANT OPTION')";
    assert_eq!(run(&owner, may), "f|t");
    server.stop();
}
