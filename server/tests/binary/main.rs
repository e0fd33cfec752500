//! The program: its flags, its one line and its end.

mod api_keys;
mod certificates;
mod client;
mod configuration;
mod events;
mod explain;
mod passwords;
mod program;
mod providers;
mod revocations;
mod serving;
mod webhooks;
