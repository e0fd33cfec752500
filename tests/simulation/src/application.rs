//! The application's part of the simulated server.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use fastrand::Rng;
use mobileim_hub::{
    Acceptance, Authenticator, Clock as _, Deferred, Event, Hooks, LoginVerdict, Origin, Refusal,
    ServerHandle, Verdict,
};
use mobileim_protocol::payload::LoginRequest;
use mobileim_protocol::{Message, codes};
use parking_lot::Mutex;

use super::plan::Plan;
use super::server::{Effect, Effects, SimulatedClock};

/// Allows everything, at once or when it is asked again; but now and then not yet.
pub(super) struct Application {
    slow: bool,
    /// How much it does not allow yet, in per cent.
    refuses_for_now: u32,
    /// How long tokens are valid, in ms.
    token_life: Option<u64>,
    clock: Arc<SimulatedClock>,
    random: Mutex<Rng>,
    pub(super) effects: Effects,
}

impl Application {
    pub(super) fn new(plan: &Plan, clock: &Arc<SimulatedClock>, seed: u64) -> Self {
        Self {
            slow: plan.decision.is_some(),
            refuses_for_now: plan.refuses_for_now,
            token_life: plan.token_life,
            clock: Arc::clone(clock),
            random: Mutex::new(Rng::with_seed(seed)),
            effects: Effects::default(),
        }
    }

    /// How long something is to wait, if it is not allowed yet.
    fn wait(&self) -> Option<Duration> {
        let mut random = self.random.lock();
        let refuses = random.u32(0..100) < self.refuses_for_now;
        refuses.then(|| Duration::from_millis(random.u64(1..3_000)))
    }

    fn decide<T: Send + 'static>(&self, decision: T) -> Deferred<T> {
        if self.slow {
            Deferred::pending(async { decision })
        } else {
            Deferred::Ready(decision)
        }
    }
}

impl Application {
    /// Decides about a message; about some later than about others that came behind them.
    fn judge(&self) -> Deferred<Verdict> {
        let wait = self.wait();
        let verdict = wait.map_or(Verdict::Allow, Verdict::RefuseForNow);
        if !self.slow {
            return Deferred::Ready(verdict);
        }
        let mut looks = self.random.lock().u32(0..4);
        Deferred::pending(poll_fn(move |cx| {
            if looks == 0 {
                return Poll::Ready(verdict.clone());
            }
            looks -= 1;
            cx.waker().wake_by_ref();
            Poll::Pending
        }))
    }
}

impl Authenticator for Application {
    fn verify(&self, _request: &LoginRequest) -> Deferred<LoginVerdict> {
        let verdict = match (self.wait(), self.token_life) {
            (Some(wait), _) => LoginVerdict::RefuseFor {
                code: codes::TEMPORARILY_UNAVAILABLE,
                why: "not yet".to_owned(),
                retry_after: Some(wait),
            },
            (None, None) => LoginVerdict::Accept,
            (None, Some(life)) => {
                let until = self.clock.unix_millis().saturating_add_unsigned(life);
                LoginVerdict::AcceptUntil(until)
            }
        };
        self.decide(verdict)
    }
}

impl Hooks for Application {
    fn before_c2c(&self, _server: &ServerHandle, _message: &Message<'_>) -> Deferred<Verdict> {
        self.judge()
    }

    fn before_c2s(&self, _server: &ServerHandle, _message: &Message<'_>) -> Deferred<Verdict> {
        self.judge()
    }

    fn c2s(&self, _server: &ServerHandle, message: &Message<'_>) -> Deferred<Acceptance> {
        if let Some(wait) = self.wait() {
            return Deferred::Ready(Acceptance::RefuseForNow(wait));
        }
        let fp = message.fp.as_deref().unwrap_or_default().to_owned();
        self.effects.lock().push(Effect::Accepted(fp));
        Deferred::Ready(Acceptance::Accept)
    }

    fn event(&self, _server: &ServerHandle, event: &Event) {
        let effect = match event {
            Event::Refused { delivery, why } => match (&delivery.from, why) {
                // Its sender sends it again.
                (Origin::User(_), Refusal::Unavailable) => return,
                _ => Effect::Refused(delivery.fp.to_string()),
            },
            Event::Expired(delivery) => Effect::Expired(delivery.fp.to_string()),
            Event::Delivered(delivery) | Event::Stored(delivery)
                if delivery.from == Origin::Server =>
            {
                Effect::Acknowledged {
                    fp: delivery.fp.to_string(),
                    mailbox: delivery.mailbox.to_string(),
                }
            }
            _ => return,
        };
        self.effects.lock().push(effect);
    }
}
