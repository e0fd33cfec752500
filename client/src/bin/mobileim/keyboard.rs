//! What a person types, or a script pipes in.

use std::collections::BTreeSet;
use std::io::{BufRead as _, IsTerminal as _};
use std::sync::{Arc, Mutex, PoisonError, mpsc as std_mpsc};
use std::thread;

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Editor, Helper};
use tokio::sync::mpsc;

use crate::screen::Screen;

/// One thing that came in.
#[derive(Debug)]
pub(crate) enum Input {
    /// A line, without its line break.
    Line(String),
    /// Nothing more comes: the end of the file, or Ctrl-D.
    End,
    /// Ctrl-C.
    Interrupt,
}

/// Reads lines, from a thread of its own, each only when it is asked for.
pub(crate) struct Keyboard {
    prompts: std_mpsc::Sender<(String, String)>,
    inputs: mpsc::UnboundedReceiver<Input>,
}

/// Who was talked to, for completion.
#[derive(Clone, Default)]
pub(crate) struct Names(Arc<Mutex<BTreeSet<String>>>);

/// A line editor where a person sits at a terminal, plain lines elsewhere.
pub(crate) fn open(names: &Names) -> Result<(Keyboard, Screen), String> {
    let interactive = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    if !interactive {
        return Ok((Keyboard::new(read_plain), Screen::plain()));
    }
    let fault = |error: ReadlineError| format!("the terminal: {error}");
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .auto_add_history(true)
        .build();
    let mut editor: Editor<NameCompleter, DefaultHistory> =
        Editor::with_config(config).map_err(fault)?;
    editor.set_helper(Some(NameCompleter(names.clone())));
    let Ok(printer) = editor.create_external_printer() else {
        // A terminal that cannot move its cursor.
        return Ok((Keyboard::new(read_plain), Screen::plain()));
    };
    let keyboard = Keyboard::new(move |prompt| read_edited(&mut editor, prompt));
    Ok((keyboard, Screen::above_prompt(printer)))
}

impl Keyboard {
    fn new(mut read: impl FnMut(&(String, String)) -> Input + Send + 'static) -> Self {
        let (prompts, asked) = std_mpsc::channel();
        let (sender, inputs) = mpsc::unbounded_channel();
        thread::spawn(move || {
            for prompt in asked {
                if sender.send(read(&prompt)).is_err() {
                    return;
                }
            }
        });
        Self { prompts, inputs }
    }

    /// Asks for a line.
    pub(crate) fn ask(&self, prompt: (String, String)) {
        // A thread that is gone says so by `next`.
        let _ = self.prompts.send(prompt);
    }

    /// Waits for the line that was asked for.
    pub(crate) async fn next(&mut self) -> Input {
        self.inputs.recv().await.unwrap_or(Input::End)
    }
}

fn read_plain(_prompt: &(String, String)) -> Input {
    let mut line = Vec::new();
    match std::io::stdin().lock().read_until(b'\n', &mut line) {
        Ok(0) | Err(_) => Input::End,
        Ok(_) => {
            let line = String::from_utf8_lossy(&line);
            Input::Line(line.trim_end_matches(['\r', '\n']).to_owned())
        }
    }
}

fn read_edited(
    editor: &mut Editor<NameCompleter, DefaultHistory>,
    prompt: &(String, String),
) -> Input {
    match editor.readline(prompt) {
        Ok(line) => Input::Line(line),
        Err(ReadlineError::Interrupted) => Input::Interrupt,
        Err(_) => Input::End,
    }
}

impl Names {
    pub(crate) fn add(&self, name: &str) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !names.contains(name) {
            names.insert(name.to_owned());
        }
    }

    fn starting_with(&self, start: &str) -> Vec<String> {
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        names
            .range(start.to_owned()..)
            .take_while(|name| name.starts_with(start))
            .cloned()
            .collect()
    }
}

/// Completes names after `@` and `/to `.
struct NameCompleter(Names);

impl Completer for NameCompleter {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let typed = &line[..position];
        let prefix = ["@", "/to "]
            .into_iter()
            .find(|prefix| typed.starts_with(prefix));
        let Some(start) = prefix.map(str::len) else {
            return Ok((position, Vec::new()));
        };
        let names = self.0.starting_with(&typed[start..]);
        let names = names.into_iter().map(|name| format!("{name} ")).collect();
        Ok((start, names))
    }
}

impl Helper for NameCompleter {}
impl Highlighter for NameCompleter {}
impl Validator for NameCompleter {}
impl Hinter for NameCompleter {
    type Hint = String;
}
