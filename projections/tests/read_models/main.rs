//! The read models against a real PostgreSQL and generated histories. `ALBUMEN_TEST_DATABASE_URL`
//! names one in which databases can be made; `deploy/test-postgres start` starts one and prints
//! it. `ALBUMEN_PROPERTY_CASES` asks for more histories than the few of every day.

#![allow(clippy::unwrap_used)]

mod albums;
mod batches;
mod explore;
mod faults;
mod happened;
mod history;
mod map;
mod memories;
mod naive;
mod people;
mod rebuilds;
mod sharing;
mod support;
mod sync;
mod tags;
mod texts;
mod timeline;
mod turns;
mod vectors;
mod waits;
mod work;
