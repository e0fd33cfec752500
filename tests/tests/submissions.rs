//! What back ends send with SQL, in the transactions in which they write what they write.

use std::sync::Arc;
use std::time::Duration;

use mobileim_client::Transport;
use mobileim_test_postgres::{Cluster, Database};
use mobileim_tests::{ALL_TRANSPORTS, Ledger, ServerProgram, Talker, seed, within};
use tokio::task::JoinHandle;

/// How many connections a back end has, and how many transactions each does.
const CONNECTIONS: usize = 4;
const TRANSACTIONS: usize = 2500;

/// How many of them share one call of `psql`.
const AT_ONCE: usize = 50;

/// A back end's connection: an order in each transaction, and a message with it.
struct Shop {
    /// Whose messages they are; the first shop's are the server's.
    name: String,
    ledger: Arc<Ledger>,
    rng: fastrand::Rng,
    committed: Vec<String>,
}

impl Shop {
    fn open(number: usize, ledger: &Arc<Ledger>, rng: &mut fastrand::Rng) -> Self {
        Self {
            name: if number == 0 {
                "0".to_owned()
            } else {
                format!("shop-{number}")
            },
            ledger: Arc::clone(ledger),
            rng: rng.fork(),
            committed: Vec::new(),
        }
    }

    /// Does all transactions.
    fn work(mut self, database: &Database, receivers: &[String]) {
        for _ in 0..TRANSACTIONS / AT_ONCE {
            let script: String = (0..AT_ONCE).map(|_| self.transaction(receivers)).collect();
            Cluster::shared().run(database, &script);
        }
    }

    fn transaction(&mut self, receivers: &[String]) -> String {
        if self.rng.u8(..3) == 0 {
            let to = self.rng.choice(receivers).expect("there are some");
            let fp = self.rng.u64(..).to_string();
            let send = self.send(to, "rolled back", &fp);
            return format!("BEGIN; INSERT INTO orders VALUES ('no'); {send} ROLLBACK;\n");
        }
        if self.rng.u8(..10) == 0
            && let Some(again) = self.rng.choice(&self.committed)
        {
            return format!("BEGIN; {again} COMMIT;\n");
        }
        let to = self.rng.choice(receivers).expect("there are some");
        let number = self.ledger.send(&self.name, to).to_string();
        let fp = format!("{}/{to}/{number}", self.name);
        let send = self.send(to, &number, &fp);
        let transaction = format!("BEGIN; INSERT INTO orders VALUES ('{fp}'); {send} COMMIT;\n");
        self.committed.push(send);
        transaction
    }

    fn send(&self, to: &str, text: &str, fp: &str) -> String {
        let sender = match &*self.name {
            "0" => "NULL".to_owned(),
            name => format!("'{name}'"),
        };
        format!(
            "SELECT mobileim.send(receiver => '{to}', text => '{text}', fp => '{fp}', sender => {sender});"
        )
    }
}

/// How long everything may take.
async fn within_minutes<T>(what: &str, work: impl Future<Output = T>) -> T {
    let patience = Duration::from_secs(180);
    tokio::time::timeout(patience, work)
        .await
        .unwrap_or_else(|_| panic!("no {what} within {patience:?}"))
}

fn spawn_shops(
    ledger: &Arc<Ledger>,
    database: &Database,
    receivers: &[String],
    rng: &mut fastrand::Rng,
) -> Vec<JoinHandle<()>> {
    (0..CONNECTIONS)
        .map(|number| {
            let shop = Shop::open(number, ledger, rng);
            let (database, receivers) = (database.clone(), receivers.to_vec());
            tokio::task::spawn_blocking(move || shop.work(&database, &receivers))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_committed_arrives_once_and_in_order_though_the_server_is_killed() {
    let mut rng = fastrand::Rng::with_seed(seed());
    let cluster = Cluster::shared();
    let database = cluster.create_database();
    // The server makes its tables there, as the schema has its user's name.
    cluster.run(
        &database,
        "CREATE SCHEMA mobileim; CREATE TABLE orders (name TEXT)",
    );
    let data = tempfile::tempdir().unwrap();
    let arguments = ["--database-url", &database.url];
    let mut server = ServerProgram::start(data.path(), &arguments).await;

    let ledger = Arc::new(Ledger::default());
    let people = |kind: &str| {
        ALL_TRANSPORTS.map(|transport| {
            let name = format!("{kind}-{transport}");
            Talker::new(name, server.address(transport), &ledger)
        })
    };
    let (online, offline, coming) = (people("online"), people("offline"), people("coming"));
    for talker in &online {
        talker.login().await;
    }
    let everybody = online.iter().chain(&offline).chain(&coming);
    let names: Vec<_> = everybody.map(|talker| talker.name().to_owned()).collect();

    let shops = spawn_shops(&ledger, &database, &names, &mut rng);
    for (round, enough) in [200, 700, 1200].into_iter().enumerate() {
        within_minutes("messages", ledger.until(|totals| totals.shown >= enough)).await;
        for talker in &coming {
            if round % 2 == 0 {
                talker.begin_login();
            } else {
                talker.logout().await;
            }
        }
        server.kill().await;
        server.start_again().await;
    }
    for shop in shops {
        within_minutes("end of the orders", shop).await.unwrap();
    }
    for talker in offline.iter().chain(&coming) {
        talker.begin_login();
    }
    let all = ledger.totals().sent;
    within_minutes("messages", ledger.until(|totals| totals.shown == all)).await;
    within_minutes("notes", until_all_are_delivered(&database)).await;
    for fp in cluster
        .run(&database, "SELECT fp FROM mobileim.deliveries")
        .lines()
    {
        let [from, to, number] = fp.split('/').collect::<Vec<_>>()[..] else {
            panic!("{fp}");
        };
        ledger.acknowledge(from, to, number.parse().unwrap());
    }
    let orders = cluster.run(&database, "SELECT count(*) FROM orders");
    assert_eq!(orders, all.to_string());
    let verdict = ledger.verdict();
    println!("{verdict}");
    assert!(verdict.is_kept(), "{verdict}\n{}", ledger.gaps());
    let waiting = cluster.run(&database, "SELECT count(*) FROM mobileim.messages");
    assert_eq!(waiting, "0");
    server.terminate().await;
}

async fn until_all_are_delivered(database: &Database) {
    let others = "SELECT count(*) FROM mobileim.deliveries WHERE state <> 'delivered'";
    while Cluster::shared().run(database, others) != "0" {
        // There is no event for it but in the database.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_message_is_there_at_once_when_nothing_else_happens() {
    let cluster = Cluster::shared();
    let database = cluster.create_database();
    cluster.run(&database, "CREATE SCHEMA mobileim");
    let data = tempfile::tempdir().unwrap();
    let arguments = ["--database-url", &database.url];
    let mut server = ServerProgram::start(data.path(), &arguments).await;
    let mut bob = mobileim_tests::Person::online("bob", server.address(Transport::Tcp)).await;
    cluster.run(
        &database,
        "SELECT mobileim.send('bob', 'Your order is on its way', typeu => 7, fp => 'order-4711')",
    );
    let message = within("a message", bob.hear()).await;
    assert_eq!(message.from.as_deref(), Some("0"));
    assert_eq!(message.fp.as_deref(), Some("order-4711"));
    assert_eq!(message.content.as_deref(), Some("Your order is on its way"));
    assert_eq!(message.typeu, 7);
    // The server reads bob's acknowledgement before this, and would not if it were told to stop first.
    bob.tell("0", "Thank you").await;
    server.terminate().await;
    let state = cluster.run(&database, "SELECT fp, state FROM mobileim.deliveries");
    assert_eq!(state, "order-4711|delivered", "it is noted before the end");
}
