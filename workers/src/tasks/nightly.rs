//! Asks for the tasks of a night, once a day, when its time has come by the server's clock.
//!
//! A server that was off at that time does it when it is on again. Each task of a night has a stream that
//! follows from when that begins, so it is asked for once by however many processes. Who sets another time that is
//! still to come has a night at that, on the same day too.

use std::{sync::Arc, time::Duration};

use albumen_commands::Context;
use albumen_domain::task::{Task, TaskCommand};
use chrono::{Local, NaiveDateTime};

use super::{of_night, read_configuration};
use crate::jobs::{Failure, Workshop};

/// How often the clock is looked at: clocks are set, machines sleep, and the time can be changed.
const LOOK_INTERVAL: Duration = Duration::from_secs(20);

pub(super) async fn run(workshop: Arc<Workshop>) {
    // Before that it would be a night of the defaults, with tasks that were switched off.
    read_configuration(&workshop).await;
    // Up to when this process has asked for what was due.
    let mut looked: Option<NaiveDateTime> = None;
    loop {
        let settings = workshop.configuration.current().settings.nightly_tasks.clone();
        let now = Local::now().naive_local();
        let asked = match due(now, settings.start(), looked) {
            Some(start) => ask(&workshop, start).await,
            None => Ok(()),
        };
        match asked {
            Ok(()) => looked = Some(now),
            Err(failure) => tracing::warn!(%failure, "the tasks of the night could not be asked for"),
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

/// The start of a night whose tasks are due: it has come since the last look, or today where this is the first.
fn due(now: NaiveDateTime, (hour, minute): (u32, u32), looked: Option<NaiveDateTime>) -> Option<NaiveDateTime> {
    let start = now.date().and_hms_opt(hour, minute, 0)?;
    (start <= now && looked.is_none_or(|looked| looked < start)).then_some(start)
}

async fn ask(workshop: &Workshop, start: NaiveDateTime) -> Result<(), Failure> {
    let settings = workshop.configuration.current().settings.nightly_tasks.clone();
    for task in of_night(&settings) {
        let context = Context::job("nightly", None);
        workshop
            .commands
            .execute::<Task>(task.id_at_night(start), TaskCommand::Request(task), &context)
            .await
            .map_err(Failure::for_now)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn at(day: u32, hour: u32, minute: u32) -> NaiveDateTime {
        let day = NaiveDate::from_ymd_opt(2026, 3, day).expect("a day");
        day.and_hms_opt(hour, minute, 0).expect("a time")
    }

    #[test]
    fn a_night_is_due_from_its_time_until_the_day_ends() {
        assert_eq!(due(at(1, 2, 59), (3, 0), None), None);
        for now in [at(1, 3, 0), at(1, 23, 59)] {
            assert_eq!(due(now, (3, 0), None), Some(at(1, 3, 0)));
        }
        assert_eq!(due(at(1, 0, 0), (0, 0), None), Some(at(1, 0, 0)));
    }

    #[test]
    fn a_night_comes_once() {
        assert_eq!(due(at(1, 3, 1), (3, 0), Some(at(1, 2, 59))), Some(at(1, 3, 0)));
        assert_eq!(due(at(1, 3, 2), (3, 0), Some(at(1, 3, 0))), None);
        assert_eq!(due(at(2, 3, 0), (3, 0), Some(at(1, 3, 0))), Some(at(2, 3, 0)));
    }

    #[test]
    fn another_time_has_its_night_unless_it_has_passed() {
        let asked = Some(at(1, 12, 0));
        assert_eq!(due(at(1, 12, 1), (12, 1), asked), Some(at(1, 12, 1)), "although there was one at midnight");
        assert_eq!(due(at(1, 12, 1), (11, 0), asked), None);
    }
}
