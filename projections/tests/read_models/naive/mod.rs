//! What the read models have to show, computed in memory from the whole history each time: slow,
//! and plain enough to be believed. [`library`] says what there is, [`todo`] what is to be done.

mod library;
mod todo;

use albumen_domain::{
    AnyEvent, Recorded,
    erasure::{ErasureEvent, ErasureScope},
};
use chrono::{Datelike, NaiveDate};
use uuid::Uuid;

pub use self::{
    library::{Photo, Status, library},
    todo::{Todo, todo},
};

/// The first day of the month of a day.
pub fn month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).expect("every month has a first")
}

/// Text as a database shows it.
pub fn shown(text: &str) -> String {
    text.chars().filter(|character| *character != '\0').collect()
}

fn erases_owner(recorded: &Recorded, owner: Uuid) -> bool {
    let AnyEvent::Erasure(ErasureEvent::SubjectErased(erased)) = &recorded.event else { return false };
    erased.scope == ErasureScope::Owner && recorded.stream.id == owner
}
