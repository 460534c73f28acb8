//! The HTTP edge of Albumen and what the `albumen` program is made of.
//!
//! Routes ([`routes`]) turn requests into commands and queries; [`access`] is the one place that
//! decides who may do what; [`edge`] is what every route needs and none decides by itself;
//! [`dto`] is what travels over the wire. [`websocket`] tells what happens as it happens. [`installation`] is one installation on one machine.

pub mod access;
pub mod app;
pub mod cli;
pub mod dto;
pub mod edge;
pub mod installation;
mod operations;
pub mod routes;
pub mod server;
pub mod story;
pub mod websocket;
