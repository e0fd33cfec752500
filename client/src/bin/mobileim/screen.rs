//! What a chat shows: lines above the one that is being typed, or plain lines if nobody looks.

use std::io::Write as _;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use rustyline::ExternalPrinter;

use crate::text::{excerpt, visible};

/// Writes lines, from a thread of its own: the line editor takes them only between two keys.
pub(crate) struct Screen {
    lines: mpsc::Sender<String>,
    writer: JoinHandle<()>,
    colour: bool,
}

const DIM: &str = "2";
const GREEN: &str = "32";
const RED: &str = "31";
/// Bold, in colours that are readable on black and on white.
const NAME_COLOURS: [&str; 5] = ["1;31", "1;32", "1;34", "1;35", "1;36"];

impl Screen {
    /// Plain lines, each flushed.
    pub(crate) fn plain() -> Self {
        Self::new(false, |line| {
            let mut stdout = std::io::stdout().lock();
            // Who does not read any more misses nothing.
            let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
        })
    }

    /// Lines that appear above the prompt.
    pub(crate) fn above_prompt(mut printer: impl ExternalPrinter + Send + 'static) -> Self {
        let colour = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self::new(colour, move |line| {
            if printer.print(format!("{line}\n")).is_err() {
                println!("{line}");
            }
        })
    }

    fn new(colour: bool, mut write: impl FnMut(String) + Send + 'static) -> Self {
        let (lines, waiting) = mpsc::channel::<String>();
        let writer = thread::spawn(move || waiting.into_iter().for_each(&mut write));
        Self {
            lines,
            writer,
            colour,
        }
    }

    /// A message of somebody else.
    pub(crate) fn message(&self, from: &str, text: &str) {
        let colour =
            NAME_COLOURS[from.bytes().map(usize::from).sum::<usize>() % NAME_COLOURS.len()];
        let from = self.paint(colour, &visible(from, " "));
        self.line(format!("{from}: {}", visible(text, "\n  ")));
    }

    /// A message of one's own arrived.
    pub(crate) fn delivered(&self, to: &str, text: &str) {
        let what = format!("{}: {}", visible(to, " "), excerpt(text));
        self.line(format!(
            "{} {}",
            self.paint(GREEN, "✓"),
            self.paint(DIM, &what)
        ));
    }

    /// A message of one's own did not arrive.
    pub(crate) fn failed(&self, to: &str, text: &str, why: &str) {
        let what = format!("✗ {}: {} ({why})", visible(to, " "), excerpt(text));
        self.line(self.paint(RED, &what));
    }

    /// Anything else.
    pub(crate) fn status(&self, text: &str) {
        self.line(self.paint(DIM, &format!("* {}", visible(text, "\n  "))));
    }

    /// How the prompt looks, without and with colour.
    pub(crate) fn prompt(&self, user: &str, peer: Option<&str>) -> (String, String) {
        let text = match peer {
            Some(peer) => format!("{} → {}> ", visible(user, " "), visible(peer, " ")),
            None => format!("{}> ", visible(user, " ")),
        };
        let styled = self.paint(DIM, &text);
        (text, styled)
    }

    /// Waits until all is written.
    pub(crate) fn finish(self) {
        drop(self.lines);
        // A writer that panicked has nothing more to write.
        let _ = self.writer.join();
    }

    fn paint(&self, style: &str, text: &str) -> String {
        if self.colour {
            format!("\x1b[{style}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    fn line(&self, line: String) {
        // The writer ends only with the screen.
        let _ = self.lines.send(line);
    }
}
