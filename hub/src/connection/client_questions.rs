//! What a client asks the server: each question is answered when its answer is there, in whatever order, and nothing else waits for it.

use std::borrow::Cow;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use mobileim_protocol::{
    Instant, Message, Question, QuestionAnswer, SERVER, codes, is_fingerprint,
};

use super::{Connection, State, Step};
use crate::control::{self, MAX_QUESTIONS};
use crate::deferred::Deferred;
use crate::sender::Sender;
use crate::server::{QuestionError, Visible};

type Awaited = Pin<Box<dyn Future<Output = (Box<str>, Result<Reply, QuestionError>)> + Send>>;

/// What a question is answered.
pub(super) enum Reply {
    /// This text of a JSON object.
    Text(String),
    /// Who of these is online, to the presence question with this number.
    Presence(u64, Visible),
}

/// The questions of a connection that are not answered.
#[derive(Default)]
pub(super) struct ClientQuestions {
    ids: Vec<Box<str>>,
    awaited: FuturesUnordered<Awaited>,
}

impl Connection {
    pub(super) fn receive_question(
        &mut self,
        now: Instant,
        sender: &Sender,
        message: &Message<'_>,
    ) -> Step {
        let Some(id) = message.fp.as_deref().filter(|fp| is_fingerprint(fp)) else {
            return self.refuse_invalid_message(message);
        };
        let taken = self.server.registry().take_message(now, &sender.mailbox);
        let held = self.client_questions.as_ref();
        if held.is_some_and(|held| held.has(id)) {
            return Step::Continue;
        }
        if let Err(wait) = taken {
            let max_body = self.link.max_body();
            self.answer(|limit| {
                control::too_many_messages(&sender.user, message, wait, limit.min(max_body))
            });
            return self.count_excess();
        }
        self.excess = self.excess.saturating_sub(1);
        let answer = self.ask_server(sender, message);
        self.take_answer(id, answer);
        Step::Continue
    }

    fn ask_server(
        &mut self,
        sender: &Sender,
        message: &Message<'_>,
    ) -> Deferred<Result<Reply, QuestionError>> {
        if message.to.as_deref() != Some(SERVER) {
            let why = "a question is to the server, \"0\"";
            return Err(QuestionError::new(codes::BAD_QUESTION, why)).into();
        }
        let held = self.client_questions.as_ref();
        if held.is_some_and(|held| held.ids.len() >= MAX_QUESTIONS) {
            let why = format!("{MAX_QUESTIONS} questions are not answered yet");
            return Err(QuestionError::new(codes::TOO_MANY_QUESTIONS, why)).into();
        }
        match Question::decode(message.content.as_deref()) {
            Ok(Question::Presence { users }) => self.ask_presence(sender, users),
            Ok(question) => {
                let answer = self.server.answer(sender, question, self.link.max_body());
                answer.map(|answer| answer.map(Reply::Text))
            }
            Err(bad) => Err(QuestionError::new(bad.code(), bad.to_string())).into(),
        }
    }

    /// Sends an answer, now or when it is there.
    fn take_answer(&mut self, id: &str, answer: Deferred<Result<Reply, QuestionError>>) {
        match answer {
            Deferred::Ready(answer) => self.send_answer(id, answer),
            Deferred::Pending(answer) => {
                let id = Box::<str>::from(id);
                let held = self.client_questions.get_or_insert_default();
                held.ids.push(id.clone());
                held.awaited
                    .push(Box::pin(async move { (id, answer.await) }));
            }
        }
    }

    /// Sends the answers that are there by now; `cx` is woken when there are more.
    pub(super) fn send_answers(&mut self, cx: &mut Context<'_>) {
        while let Some(held) = &mut self.client_questions {
            match held.awaited.poll_next_unpin(cx) {
                Poll::Pending => return,
                // An idle connection holds nothing for it.
                Poll::Ready(None) => self.client_questions = None,
                Poll::Ready(Some((id, answer))) => {
                    held.ids.retain(|other| *other != id);
                    self.send_answer(&id, answer);
                }
            }
        }
    }

    fn send_answer(&mut self, id: &str, answer: Result<Reply, QuestionError>) {
        let answer = match answer {
            Ok(Reply::Text(answer)) => QuestionAnswer::Given(answer),
            Ok(Reply::Presence(number, visible)) => {
                return self.answer_presence(id, number, visible);
            }
            Err(QuestionError { code, text }) => refused(code, text),
        };
        if !self.transmit_answer(id, &answer) {
            let why = "the answer is longer than the client takes";
            self.transmit_answer(id, &refused(codes::ANSWER_TOO_LONG, why.into()));
        }
    }

    /// Returns whether the client takes as long a body.
    pub(super) fn transmit_answer(&self, id: &str, answer: &QuestionAnswer) -> bool {
        let State::Online { user, .. } = &self.state else {
            return true;
        };
        let body = control::answer(user, id, answer, self.link.max_body());
        let fits = body.is_some();
        if let Some(body) = body {
            self.link.transmit(body);
        }
        fits
    }
}

impl ClientQuestions {
    /// Whether this one is not answered yet: its client has sent it again.
    fn has(&self, id: &str) -> bool {
        self.ids.iter().any(|other| **other == *id)
    }
}

pub(super) fn refused(code: i64, text: Cow<'static, str>) -> QuestionAnswer {
    let text = text.into_owned();
    QuestionAnswer::Refused { code, text }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::task::Waker;

    use mobileim_protocol::{MessageType, Transport, decode, encode, payload};
    use tokio::sync::oneshot;

    use super::*;
    use crate::tests::world::{FakeLink, World, login};

    const DEVICES: &str = r#"{"ask":"devices"}"#;

    struct Alice {
        world: World,
        connection: Connection,
        link: Arc<FakeLink>,
    }

    impl Alice {
        fn log_in(transport: Transport) -> Self {
            let world = World::new();
            let link = FakeLink::new(transport);
            let server = world.server.clone();
            let mut connection = Connection::new(server, world.now, Arc::<FakeLink>::clone(&link));
            let login = login("alice", Some(65_536));
            assert!(matches!(
                connection.receive(world.now, login.as_bytes()),
                Step::Continue
            ));
            link.sent();
            Self {
                world,
                connection,
                link,
            }
        }

        fn says(&mut self, message: &Message<'_>) {
            let body = encode(message);
            let step = self.connection.receive(self.world.now, body.as_bytes());
            assert!(matches!(step, Step::Continue));
        }

        fn asks(&mut self, id: &str) {
            let mut message = Message::new(MessageType::Question, "alice", SERVER);
            message = message.with_content(DEVICES);
            message.fp = Some(id.into());
            self.says(&message);
        }

        /// Asks something whose answer comes when it is sent.
        fn asks_what_takes_long(
            &mut self,
            id: &str,
        ) -> oneshot::Sender<Result<String, QuestionError>> {
            let (answer, answered) = oneshot::channel::<Result<String, _>>();
            let answered = async { answered.await.unwrap().map(Reply::Text) };
            let answered = Deferred::pending(answered);
            self.connection.take_answer(id, answered);
            answer
        }

        /// What came since the last look: the ids of answers with their codes, or 0; and the types of all else.
        fn hears(&mut self) -> Vec<(String, i64)> {
            let _ = self
                .connection
                .decide(self.world.now, &mut Context::from_waker(Waker::noop()));
            let bodies = self.link.bodies().into_iter();
            let heard = bodies.map(|body| {
                let message = decode(&body).unwrap();
                if message.kind != MessageType::Answer {
                    return (format!("{:?}", message.kind), 0);
                }
                let code = match payload::decode(message.content.as_deref()).unwrap() {
                    QuestionAnswer::Given(_) => 0,
                    QuestionAnswer::Refused { code, .. } => code,
                };
                (message.fp.unwrap().into_owned(), code)
            });
            heard.collect()
        }
    }

    fn heard<const N: usize>(what: [(&str, i64); N]) -> Vec<(String, i64)> {
        what.map(|(what, code)| (what.to_owned(), code)).into()
    }

    #[test]
    fn nothing_waits_for_an_answer_not_even_another_answer() {
        for transport in [Transport::Tcp, Transport::Udp, Transport::WebSocket] {
            let mut alice = Alice::log_in(transport);
            let long = alice.asks_what_takes_long("long");
            let short = alice.asks_what_takes_long("short");
            alice.says(&Message::new(MessageType::KeepAlive, "alice", SERVER).with_content("{}"));
            alice.says(
                &Message::new(MessageType::CommonData, "alice", SERVER)
                    .with_content("hi")
                    .with_qos("fp"),
            );
            alice.asks("at once");
            assert_eq!(
                alice.hears(),
                heard([("KeepAliveResponse", 0), ("Received", 0), ("at once", 0)])
            );
            assert!(alice.connection.is_asking());
            short.send(Ok("{}".into())).unwrap();
            assert_eq!(alice.hears(), heard([("short", 0)]));
            long.send(Err(QuestionError::new(codes::NOT_FOUND, "no")))
                .unwrap();
            assert_eq!(alice.hears(), heard([("long", 314)]));
            assert!(!alice.connection.is_asking(), "nothing is held");
        }
    }

    #[test]
    fn no_more_than_may_be_are_unanswered_and_what_comes_twice_counts_once() {
        let mut alice = Alice::log_in(Transport::Udp);
        let ids: Vec<_> = (0..MAX_QUESTIONS).map(|id| id.to_string()).collect();
        let mut answers: Vec<_> = ids
            .iter()
            .map(|id| alice.asks_what_takes_long(id))
            .collect();
        alice.asks("one more");
        for id in &ids {
            alice.asks(id);
        }
        assert_eq!(alice.hears(), heard([("one more", 312)]));
        answers.remove(0).send(Ok("{}".into())).unwrap();
        assert_eq!(alice.hears(), heard([("0", 0)]));
        alice.asks("one more");
        alice.asks("0");
        assert_eq!(alice.hears(), heard([("one more", 0), ("0", 0)]));
    }

    #[test]
    fn nobody_is_told_the_answers_of_a_session_that_has_ended() {
        let mut alice = Alice::log_in(Transport::WebSocket);
        let answer = alice.asks_what_takes_long("long");
        let bob = login("bob", Some(65_536));
        let _ = alice.connection.receive(alice.world.now, bob.as_bytes());
        assert!(answer.is_closed());
        assert_eq!(alice.hears(), heard([("LoginResponse", 0)]));
    }
}
