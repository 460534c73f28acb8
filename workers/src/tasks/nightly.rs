//! Asks for the tasks of a night, once a day, when its time has come by the server's clock.
//!
//! A server that was off at that time does it when it is on again. Each task of a night has a stream that
//! follows from the day, so it is asked for once by however many processes.

use std::{sync::Arc, time::Duration};

use albumen_commands::Context;
use albumen_domain::task::{Task, TaskCommand};
use chrono::{Local, NaiveDate, NaiveDateTime};

use super::of_night;
use crate::jobs::{Failure, Workshop};

/// How often the clock is looked at: clocks are set, machines sleep, and the time can be changed.
const LOOK_INTERVAL: Duration = Duration::from_secs(20);

pub(super) async fn run(workshop: Arc<Workshop>) {
    // The night that this process has asked for.
    let mut asked: Option<NaiveDate> = None;
    loop {
        let settings = workshop.configuration.current().settings.nightly_tasks.clone();
        let day = due(Local::now().naive_local(), settings.start()).filter(|day| asked != Some(*day));
        if let Some(day) = day {
            match ask(&workshop, day).await {
                Ok(()) => asked = Some(day),
                Err(failure) => tracing::warn!(%failure, "the tasks of the night could not be asked for"),
            }
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

/// The day whose tasks are due by now.
fn due(now: NaiveDateTime, (hour, minute): (u32, u32)) -> Option<NaiveDate> {
    let start = now.date().and_hms_opt(hour, minute, 0)?;
    (now >= start).then(|| now.date())
}

async fn ask(workshop: &Workshop, day: NaiveDate) -> Result<(), Failure> {
    let settings = workshop.configuration.current().settings.nightly_tasks.clone();
    for task in of_night(&settings) {
        let context = Context::job("nightly", None);
        workshop
            .commands
            .execute::<Task>(task.id_at_night(day), TaskCommand::Request(task), &context)
            .await
            .map_err(Failure::for_now)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_is_due_from_its_time_until_the_day_ends() {
        let at = |hour, minute| {
            NaiveDate::from_ymd_opt(2026, 3, 1).and_then(|day| day.and_hms_opt(hour, minute, 0)).expect("a time")
        };
        assert_eq!(due(at(2, 59), (3, 0)), None);
        assert_eq!(due(at(3, 0), (3, 0)), NaiveDate::from_ymd_opt(2026, 3, 1));
        assert_eq!(due(at(23, 59), (3, 0)), NaiveDate::from_ymd_opt(2026, 3, 1));
        assert_eq!(due(at(0, 0), (0, 0)), NaiveDate::from_ymd_opt(2026, 3, 1));
    }
}
