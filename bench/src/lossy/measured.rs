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
    let (alice, mut alice_events) = Client::builder(address.clone()).spawn();
    let alice_links = tokio::spawn(async move {
        let mut lost = 0;
        while let Some(event) = alice_events.recv().await {
            lost += usize::from(matches!(event, Event::LinkLost { .. }));
        }
        lost
    });
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
    let (shown, bob_links) = tokio::time::timeout(PATIENCE, listening)
        .await
        .map_err(|_| "not everything arrived")??;
    for delivery in deliveries {
        tokio::time::timeout(PATIENCE, delivery).await??;
    }
    // Ends her events.
    drop(alice);
    Ok(Conversation {
        links_lost: Some(alice_links.await? + bob_links),
        ..account(&sent_at, &shown)
    })
}

/// When each message was shown, until all were; and how many links were lost meanwhile.
async fn listen(mut events: Events, messages: u32) -> (Vec<(usize, Instant)>, usize) {
    let mut shown = Vec::new();
    let mut links_lost = 0;
    let mut missing: std::collections::BTreeSet<_> = (0..messages as usize).collect();
    while let Some(event) = events.recv().await {
        links_lost += usize::from(matches!(event, Event::LinkLost { .. }));
        if let Event::Message { message, .. } = event
            && let Some(Ok(number)) = message.content.as_deref().map(str::parse)
        {
            shown.push((number, Instant::now()));
            missing.remove(&number);
        }
        if missing.is_empty() {
            break;
        }
    }
    (shown, links_lost)
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
