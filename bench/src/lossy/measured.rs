//! The real server, real clients, and a bad network between them.

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use mobileim_client::{Account, Client, Draft, Event, Events, ServerAddress, Transport};
use mobileim_tests::chaos::{Conditions, UdpProxy};
use tokio::task::JoinSet;

use super::{Conversation, Rate};
use crate::server::Server;

/// After the last message was sent, everything must arrive within this.
const PATIENCE: Duration = Duration::from_secs(600);

pub(super) fn measure(
    binary: &Path,
    rate: Rate,
    conditions: Conditions,
    seed: u64,
) -> Result<Vec<Conversation>, Box<dyn Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let conversations = runtime.block_on(async {
        let server = Server::start(binary, &[])?;
        let proxy = UdpProxy::start(server.address(Transport::Udp)?, seed).await?;
        proxy.set_both(conditions);
        let address = ServerAddress::from_socket_addr(Transport::Udp, proxy.address());
        let mut pairs = JoinSet::new();
        for pair in 0..rate.pairs {
            // Not all at the same moment.
            let offset = rate.every * pair / rate.pairs;
            pairs.spawn(talk(pair, address.clone(), rate, offset));
        }
        let mut conversations = Vec::new();
        while let Some(conversation) = pairs.join_next().await {
            conversations.push(conversation?.map_err(|error| error as Box<dyn Error>)?);
        }
        Ok::<_, Box<dyn Error>>(conversations)
    });
    runtime.shutdown_background();
    conversations
}

/// One sends to the other.
async fn talk(
    pair: u32,
    address: ServerAddress,
    rate: Rate,
    offset: Duration,
) -> Result<Conversation, Box<dyn Error + Send + Sync>> {
    let (alice, alice_events) = Client::builder(address.clone()).spawn();
    // Nothing is told to her that her deliveries do not tell.
    drop(alice_events);
    let (bob, bob_events) = Client::builder(address).spawn();
    let bob_name = format!("bob-{pair}");
    alice
        .login(Account::new(format!("alice-{pair}"), "token"))
        .await?;
    bob.login(Account::new(&bob_name, "token")).await?;
    let listening = tokio::spawn(listen(bob_events, rate.messages));

    let mut sent_at = Vec::new();
    let mut deliveries = Vec::new();
    let begin = tokio::time::Instant::now() + offset;
    for number in 0..rate.messages {
        tokio::time::sleep_until(begin + rate.every * number).await;
        sent_at.push(Instant::now());
        deliveries.push(alice.send(Draft::new(&bob_name, number.to_string())));
    }
    let shown = tokio::time::timeout(PATIENCE, listening)
        .await
        .map_err(|_| "not everything arrived")??;
    for delivery in deliveries {
        tokio::time::timeout(PATIENCE, delivery).await??;
    }
    Ok(account(&sent_at, &shown))
}

/// When each message was shown, until all were.
async fn listen(mut events: Events, messages: u32) -> Vec<(usize, Instant)> {
    let mut shown = Vec::new();
    let mut missing: std::collections::BTreeSet<_> = (0..messages as usize).collect();
    while let Some(event) = events.recv().await {
        if let Event::Message(message) = event
            && let Some(Ok(number)) = message.content.as_deref().map(str::parse)
        {
            shown.push((number, Instant::now()));
            missing.remove(&number);
        }
        if missing.is_empty() {
            break;
        }
    }
    shown
}

fn account(sent_at: &[Instant], shown: &[(usize, Instant)]) -> Conversation {
    let mut conversation = Conversation {
        shown_after: vec![None; sent_at.len()],
        // Each delivery was awaited.
        acknowledged: vec![true; sent_at.len()],
        ..Conversation::default()
    };
    let mut last = None;
    for &(number, at) in shown {
        let after = at.duration_since(sent_at[number]).as_micros();
        if conversation.shown_after[number].is_some() {
            conversation.twice += 1;
            continue;
        }
        conversation.shown_after[number] = Some(u64::try_from(after).unwrap_or(u64::MAX));
        conversation.out_of_order += usize::from(last > Some(number));
        last = last.max(Some(number));
    }
    conversation
}
