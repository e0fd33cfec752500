//! People who were there before, and chat on every transport.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use mobileim_client::ServerAddress;
use mobileim_protocol::Transport;
use mobileim_tests::people::{self, Pair, Token};
use serde::Serialize;
use tokio::runtime::{Builder, Runtime};

use crate::server::Server;

/// How often somebody says something.
const PACE: Duration = Duration::from_millis(10);

/// How long the messages of a phase took, from the sender's call to the receiver's application.
#[derive(Debug, Serialize)]
pub(crate) struct Times {
    messages: usize,
    p50_micros: u128,
    p99_micros: u128,
    max_micros: u128,
}

pub(super) struct People {
    runtime: Runtime,
    pairs: Vec<(Transport, Pair)>,
    /// How many messages each pair had sent when each phase began.
    phases: Vec<Vec<usize>>,
}

impl People {
    pub(super) fn meet(server: &Server, pairs: u32, token: Token) -> Result<Self, Box<dyn Error>> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let mut met = Vec::new();
        for transport in [Transport::Tcp, Transport::Udp, Transport::WebSocket] {
            let address = ServerAddress::from_socket_addr(transport, server.address(transport)?);
            for number in 0..pairs {
                let what = format!("{transport}-{number}");
                let pair = runtime.block_on(Pair::meet(what, &address, token, PACE));
                met.push((transport, pair));
            }
        }
        let mut people = Self {
            runtime,
            pairs: met,
            phases: Vec::new(),
        };
        people.begin_phase();
        Ok(people)
    }

    /// What is said from now on is of another phase.
    pub(super) fn begin_phase(&mut self) {
        let said = self.pairs.iter().map(|(_, pair)| pair.said());
        self.phases.push(said.collect());
    }

    /// All fall silent. Returns how long messages took, by transport and phase. Fails unless all that was said has come, once, and nobody
    /// has lost the link.
    pub(super) fn part(mut self) -> Vec<(String, Vec<Times>)> {
        self.begin_phase();
        for (_, pair) in &self.pairs {
            self.runtime.block_on(pair.go_on_for(0));
        }
        let transports = [Transport::Tcp, Transport::Udp, Transport::WebSocket];
        let times = transports.map(|transport| {
            let phases = self.phases.windows(2);
            let times = phases.map(|phase| self.times(transport, &phase[0], &phase[1]));
            (transport.to_string(), times.collect())
        });
        for (_, pair) in self.pairs {
            self.runtime.block_on(pair.part());
        }
        times.into()
    }

    /// Those of one transport's messages, by the numbers of the first ones and of those after the last.
    fn times(&self, transport: Transport, from: &[usize], to: &[usize]) -> Times {
        let pairs = self.pairs.iter().zip(from.iter().zip(to));
        let pairs = pairs.filter(|((on, _), _)| *on == transport);
        let times =
            people::Times::of_all(pairs.map(|((_, pair), (from, to))| pair.times(*from, *to)));
        Times {
            messages: times.count(),
            p50_micros: times.of_thousand(500).as_micros(),
            p99_micros: times.of_thousand(990).as_micros(),
            max_micros: times.of_thousand(1000).as_micros(),
        }
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = |micros: u128| format!("{}.{}", micros / 1000, micros % 1000 / 100);
        let [half, most, all] = [self.p50_micros, self.p99_micros, self.max_micros].map(millis);
        write!(f, "{half}, {most}, {all} ms of {}", self.messages)
    }
}
