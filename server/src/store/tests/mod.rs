//! What every store in a database does, on each of them; and what each does alone.

mod cursors;
mod errors;
mod events;
mod last_seen;
mod limits;
mod log_cost;
mod log_limits;
mod log_plans;
mod log_reads;
mod logbook;
mod logs;
mod network;
mod order;
mod place;
mod postgres;
mod read_marks;
mod revocations;
mod second_user;
mod sqlite;
mod trouble;

use mobileim_protocol::mailbox::Envelope;

/// Runs each of these tests on every database.
macro_rules! on_each_database {
    ($($test:ident),+ $(,)?) => {
        mod on_sqlite {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test(crate::store::tests::place::Place::sqlite()).await;
                }
            )+
        }

        mod on_postgres {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test(crate::store::tests::place::Place::postgres()).await;
                }
            )+
        }
    };
}
use on_each_database;

fn message(from: &str, fp: &str) -> Envelope {
    sized(from, fp, 10)
}

fn sized(from: &str, fp: &str, bytes: usize) -> Envelope {
    Envelope {
        from: from.into(),
        fp: fp.into(),
        bridge: fp.len().is_multiple_of(2),
        body: vec![b'x'; bytes].into(),
        expires_at: None,
        on_behalf: false,
        lane: None,
        change: None,
    }
}

fn numbered(count: usize) -> Vec<Envelope> {
    (0..count)
        .map(|n| message("alice", &n.to_string()))
        .collect()
}
