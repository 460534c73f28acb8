//! What is done with memories each night: those of the coming days are made, forgotten ones go, and what is out of
//! sight leaves the others.

use albumen_commands::{CommandError, Context};
use albumen_domain::memory::{Memory, MemoryCommand, MemoryTopic, NewMemory};
use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};
use std::collections::BTreeMap;
use uuid::Uuid;

use super::{Failure, Workshop};

/// Days before and after today that have to have their memories: phones ask for them in advance, and
/// in other time zones it is another day.
const DAYS_AROUND: u64 = 3;
/// Photos of one year.
const MAX_ASSETS: usize = 20;
/// Nobody kept it for so long: it goes.
const FORGOTTEN_AFTER: TimeDelta = TimeDelta::days(30);
/// Memories that go in one command.
const BATCH_MEMORIES: i64 = 1_000;
/// Assets that leave memories in one command.
const BATCH_ASSETS: i64 = 1_000;

/// Makes the memories of the days around `now` for every user. A day that has its memory, or had one
/// that was deleted, is passed over, so this can be done as often as one likes.
///
/// # Errors
/// The database is away; the next night goes on.
pub async fn generate(workshop: &Workshop, now: DateTime<Utc>) -> Result<(), Failure> {
    let today = now.date_naive();
    let days: Vec<NaiveDate> = (0..=2 * DAYS_AROUND)
        .filter_map(|offset| today.checked_sub_days(Days::new(DAYS_AROUND))?.checked_add_days(Days::new(offset)))
        .collect();
    for account in workshop.reads.identity().accounts(false).await? {
        for day in &days {
            recall(workshop, account.id, *day).await?;
        }
    }
    Ok(())
}

/// Makes the memories of a user's day, one for each year that has photos of it.
async fn recall(workshop: &Workshop, owner: Uuid, day: NaiveDate) -> Result<(), Failure> {
    let mut years: BTreeMap<i32, Vec<Uuid>> = BTreeMap::new();
    let photos = workshop.reads.library().on_this_day(owner, day.month(), day.day(), day.year()).await?;
    for (year, photo) in photos {
        let photos = years.entry(year).or_default();
        if photos.len() < MAX_ASSETS {
            photos.push(photo);
        }
    }
    for (year, assets) in years {
        let Some(new) = memory_of(owner, day, year, assets) else { continue };
        let (id, context) = (id_of(owner, day, year), Context::job("memories", None));
        match workshop.commands.execute::<Memory>(id, MemoryCommand::Create(Box::new(new)), &context).await {
            // Made before.
            Ok(_) | Err(CommandError::Refused(_)) => {}
            Err(error) => return Err(Failure::for_now(error)),
        }
    }
    Ok(())
}

/// The memory is shown all day long.
fn memory_of(owner: Uuid, day: NaiveDate, year: i32, assets: Vec<Uuid>) -> Option<NewMemory> {
    let begins_at = day.and_hms_opt(0, 0, 0)?.and_utc();
    Some(NewMemory {
        owner,
        topic: MemoryTopic::OnThisDay { year },
        memory_at: day.with_year(year)?.and_hms_opt(0, 0, 0)?.and_utc(),
        show_at: Some(begins_at),
        hide_at: Some(begins_at + TimeDelta::days(1) - TimeDelta::milliseconds(1)),
        saved: false,
        seen_at: None,
        assets,
    })
}

/// Always the same one for a user's day and the year that it recalls, in the form of a random one.
fn id_of(owner: Uuid, day: NaiveDate, year: i32) -> Uuid {
    let (high, low) = owner.as_u64_pair();
    let which = (u64::from(day.num_days_from_ce().unsigned_abs()) << 32) | u64::from(year.unsigned_abs());
    let mixed = Uuid::from_u64_pair(high ^ spread(which), low ^ spread(which ^ u64::MAX));
    uuid::Builder::from_random_bytes(mixed.into_bytes()).into_uuid()
}

/// Splitmix64: each number becomes another one that looks random.
const fn spread(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// Deletes the memories that were made long ago and that nobody kept, and takes out of the others what
/// is in the timeline no longer.
///
/// # Errors
/// The database is away; the next night goes on.
pub async fn clean_up(workshop: &Workshop, now: DateTime<Utc>) -> Result<(), Failure> {
    delete_forgotten(workshop, now).await?;
    loop {
        let hidden = workshop.reads.memories().out_of_sight(BATCH_ASSETS).await?;
        if hidden.is_empty() {
            return Ok(());
        }
        let mut of_memories: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
        for (memory, asset) in hidden {
            of_memories.entry(memory).or_default().push(asset);
        }
        let commands =
            of_memories.into_iter().map(|(memory, assets)| (memory, MemoryCommand::RemoveAssets(assets))).collect();
        if !is_done(workshop, commands).await? {
            return Ok(());
        }
    }
}

async fn delete_forgotten(workshop: &Workshop, now: DateTime<Utc>) -> Result<(), Failure> {
    loop {
        let forgotten = workshop.reads.memories().forgotten(now - FORGOTTEN_AFTER, BATCH_MEMORIES).await?;
        if forgotten.is_empty() {
            return Ok(());
        }
        let commands = forgotten.into_iter().map(|id| (id, MemoryCommand::Delete)).collect();
        if !is_done(workshop, commands).await? {
            return Ok(());
        }
    }
}

/// Does it, and waits until the read model knows. False where there was nothing to do: somebody was
/// faster, and the read model will know.
async fn is_done(workshop: &Workshop, commands: Vec<(Uuid, MemoryCommand)>) -> Result<bool, Failure> {
    match workshop.commands.execute_many::<Memory>(commands, &Context::job("memories", None)).await {
        Ok(executed) => {
            if let Some(position) = executed.position {
                workshop.reads.wait_for(position).await;
            }
            Ok(executed.position.is_some())
        }
        Err(CommandError::Refused(_)) => Ok(false),
        Err(error) => Err(Failure::for_now(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).expect("a day of this test")
    }

    #[test]
    fn a_day_is_recalled_under_one_id() {
        let (ada, eve) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let ids = [
            id_of(ada, day(2024, 1, 2), 2020),
            id_of(ada, day(2024, 1, 2), 2021),
            id_of(ada, day(2024, 1, 3), 2020),
            id_of(eve, day(2024, 1, 2), 2020),
        ];
        assert_eq!(ids[0], id_of(ada, day(2024, 1, 2), 2020));
        let different: std::collections::HashSet<Uuid> = ids.into_iter().collect();
        assert_eq!(different.len(), ids.len());
        assert!(ids.iter().all(|id| id.get_version_num() == 4));
    }

    #[test]
    fn leap_days_recall_leap_years() {
        assert!(memory_of(Uuid::nil(), day(2024, 2, 29), 2023, Vec::new()).is_none());
        let memory = memory_of(Uuid::nil(), day(2024, 2, 29), 2020, Vec::new()).expect("both are leap years");
        assert_eq!(memory.memory_at.date_naive(), day(2020, 2, 29));
        let shown = [memory.show_at, memory.hide_at].map(|at| at.map(|at| at.to_rfc3339()));
        assert_eq!(shown[0].as_deref(), Some("2024-02-29T00:00:00+00:00"));
        assert_eq!(shown[1].as_deref(), Some("2024-02-29T23:59:59.999+00:00"));
    }
}
