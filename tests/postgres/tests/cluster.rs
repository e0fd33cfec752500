//! A test's own server serves, crashes, comes back, and goes.

use mobileim_test_postgres::Cluster;

#[test]
fn what_was_committed_outlives_a_crash_and_nothing_outlives_the_test() {
    let cluster = Cluster::start();
    let database = cluster.create_database();
    cluster.run(&database, "CREATE TABLE t AS SELECT 42 AS answer");
    cluster.crash();
    let port = cluster.port();
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    cluster.start_again();
    assert_eq!(cluster.run(&database, "SELECT * FROM t"), "42");
    assert_eq!(cluster.run(&database, "SHOW fsync"), "on");
    let other = cluster.create_database();
    assert_ne!(other, database);
    let folder = cluster.folder().to_owned();
    drop(cluster);
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    assert!(!folder.exists());
}
