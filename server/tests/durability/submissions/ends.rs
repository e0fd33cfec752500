//! What ends without having been delivered, and what becomes of what has been.

use super::{database, receive, run, send, wait_for, wait_for_state};
use crate::client::Client;
use crate::place::in_database;
use crate::server::Server;
use mobileim_test_postgres::Cluster;

#[test]
fn what_is_old_is_removed_and_what_waits_is_not() {
    let database = database(Cluster::shared());
    let server = Server::start(&mut in_database(&database.url));
    send(&database, "bob", "old");
    send(&database, "bob", "new");
    wait_for_state(&database, "new", "stored");
    server.stop();
    run(
        &database,
        "UPDATE mobileim.submissions SET changed_at = changed_at - interval '8 days' WHERE fp = 'old';
        SELECT mobileim.send('bob', 'hi', fp => 'waits');
        UPDATE mobileim.submissions SET queued_at = queued_at - interval '8 days' WHERE fp = 'waits'",
    );
    let server = Server::start(&mut in_database(&database.url));
    wait_for(
        &database,
        "SELECT string_agg(fp || ' ' || state, ', ' ORDER BY fp) FROM mobileim.deliveries",
        "new stored, waits stored",
    );
    server.stop();
}

#[test]
fn what_has_waited_for_longer_than_its_time_to_live_is_not_delivered_wherever_it_waited() {
    let database = database(Cluster::shared());
    let send = |fp: &str, ttl: &str| {
        let sql = format!("SELECT mobileim.send('bob', '', fp => '{fp}', ttl => {ttl})");
        assert_eq!(run(&database, &sql), fp);
    };
    let server = Server::start(&mut in_database(&database.url));
    send("too late in the store", "'10 ms'");
    send("in time", "'1 hour'");
    wait_for_state(&database, "in time", "stored");
    // From the moment of the call, which is when it is queued, as good as.
    let left = "SELECT round(extract(epoch FROM expires_at - queued_at)) FROM mobileim.deliveries WHERE fp = 'in time'";
    assert_eq!(run(&database, left), "3600");
    server.stop();
    // Nobody reads them meanwhile.
    send("too late before it is read", "'1 ms'");
    send("for ever", "NULL");
    run(
        &database,
        "SELECT pg_sleep(0.1);
        INSERT INTO mobileim.submissions (receiver, fp, text, expires_at) VALUES
            ('bob', 'written by hand', '', '-infinity'), ('bob', 'for ever too', '', 'infinity')",
    );
    let server = Server::start(&mut in_database(&database.url));
    let expired =
        "SELECT string_agg(fp, ', ' ORDER BY fp) FROM mobileim.deliveries WHERE state = 'expired'";
    wait_for_state(&database, "too late before it is read", "expired");
    wait_for_state(&database, "written by hand", "expired");
    wait_for_state(&database, "for ever too", "stored");
    // The store removes it when it starts, before or after the table is looked at.
    wait_for_state(&database, "too late in the store", "expired");
    let mut bob = Client::log_in(server.tcp, "bob");
    for fp in ["in time", "for ever", "for ever too"] {
        assert_eq!(receive(&mut bob, "bob")["fp"], fp);
    }
    wait_for(
        &database,
        expired,
        "too late before it is read, too late in the store, written by hand",
    );
    wait_for_state(&database, "in time", "delivered");
    server.stop();
}

#[test]
fn what_is_stored_for_a_device_is_stored() {
    let database = database(Cluster::shared());
    let start = || {
        let mut command = in_database(&database.url);
        Server::start(command.arg("--devices-sessions=per-device"))
    };
    let server = start();
    drop(Client::log_in_on(server.tcp, "bob", "phone"));
    drop(Client::log_in_on(server.tcp, "bob", "tablet"));
    send(&database, "bob", "1");
    wait_for_state(&database, "1", "stored");
    server.kill();
    // As if the phone, which has no number in the store, had it when the server was killed.
    let with_phone = "WITH gone AS (DELETE FROM mobileim.messages WHERE receiver = 'bob' RETURNING 1) SELECT count(*) FROM gone";
    assert_eq!(run(&database, with_phone), "1");
    // What was stored, and is not any more, is found when the server starts, before it takes more.
    let server = start();
    send(&database, "bob", "2");
    wait_for_state(&database, "2", "stored");
    wait_for_state(&database, "1", "stored");
    let mut bob = Client::log_in_on(server.tcp, "bob", "tablet");
    for fp in ["1", "2"] {
        assert_eq!(receive(&mut bob, "bob")["fp"], fp);
        wait_for_state(&database, fp, "delivered");
    }
    server.stop();
}
