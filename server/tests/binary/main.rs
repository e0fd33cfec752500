//! The program: its flags, its one line and its end.

mod certificates;
mod configuration;
mod program;
mod providers;
mod serving;
