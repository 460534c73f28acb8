//! What somebody says about single assets: tags, stacks, descriptions, trash, duplicates, clients' values, memories.

use albumen_domain::{
    asset::{Asset, AssetCommand, Edit, RatingEdit},
    memory::{Memory, MemoryCommand, MemoryTopic, NewMemory},
    stack::{Stack, StackCommand},
    tag::{NewTag, Tag, TagCommand},
};
use chrono::{TimeDelta, Utc};
use serde_json::Map;
use uuid::Uuid;

use super::{Answers, Library, Scribe};
use crate::{Fault, seed::invented::spread};

/// Tags at the top, below each of them, and below each of those: 200.
const TREE: [usize; 3] = [8, 4, 5];
/// One of so many assets has a tag.
const TAGGED_EVERY: usize = 5;
/// One of so many assets lies on top of two others.
const STACKED_EVERY: usize = 300;
const STACK_ASSETS: usize = 3;
const DESCRIBED_EVERY: usize = 20;
const TRASHED_EVERY: usize = 101;
const VALUES_EVERY: usize = 100;
const VALUES_KEY: &str = "mobile-app";
/// One of so many assets is one of two that are alike.
const DUPLICATE_EVERY: usize = 250;
const MEMORIES: usize = 500;
const MEMORY_ASSETS: usize = 12;
const NEWEST_YEAR: i32 = 2_024;
const MEMORIES_A_DAY: usize = 5;

/// A tree of tags, and assets that have them.
pub(super) async fn tags(scribe: &mut Scribe<'_>, library: &Library, answers: &Answers<'_>) -> Result<(), Fault> {
    let mut above: Vec<(Option<Uuid>, String)> = vec![(None, String::new())];
    let mut all = Vec::new();
    for (depth, children) in TREE.into_iter().enumerate() {
        let mut level = Vec::new();
        for (parent, path) in &above {
            for number in 0..children {
                let value = if depth == 0 { format!("Tag {number}") } else { format!("{path}/Tag {number}") };
                level.push((Uuid::new_v4(), NewTag { owner: library.owner(), parent: *parent, value, color: None }));
            }
        }
        above = level.iter().map(|(id, new)| (Some(*id), new.value.clone())).collect();
        all.extend(level.iter().map(|(id, _)| *id));
        scribe.ask::<Tag>(level.into_iter().map(|(id, new)| (id, TagCommand::Create(new))).collect()).await?;
    }
    let tag = |number: &usize| {
        let place = usize::try_from(spread(*number, 20)).unwrap_or(0) % all.len();
        (library.assets[*number], AssetCommand::Tag(vec![all[place]]))
    };
    let tagged: Vec<usize> = (2..library.assets.len()).step_by(TAGGED_EVERY).collect();
    scribe.ask::<Asset>(tagged.iter().map(tag).collect()).await?;
    answers.written_down(scribe, library, &tagged).await
}

/// Assets that lie on top of others.
pub(super) async fn stacks(scribe: &mut Scribe<'_>, library: &Library) -> Result<(), Fault> {
    let stack = |assets: &[Uuid]| {
        let assets = assets.iter().take(STACK_ASSETS).copied().collect();
        (Uuid::new_v4(), StackCommand::Create { owner: library.owner(), assets })
    };
    scribe.ask::<Stack>(library.assets.chunks_exact(STACKED_EVERY).map(stack).collect()).await
}

/// Descriptions, ratings, duplicates, clients' values, and what is in the trash.
pub(super) async fn marks(scribe: &mut Scribe<'_>, library: &Library, answers: &Answers<'_>) -> Result<(), Fault> {
    let all = || 0..library.assets.len();
    let one = |number: usize, command: AssetCommand| (library.assets[number], command);
    let alike = all().filter(|number| number % DUPLICATE_EVERY < 2);
    scribe.ask::<Asset>(alike.map(|number| one(number, in_group(number / DUPLICATE_EVERY))).collect()).await?;
    let valued = all().filter(|number| number % VALUES_EVERY == 50);
    let value = || AssetCommand::SetKeyValue { key: VALUES_KEY.to_owned(), value: Map::new() };
    scribe.ask::<Asset>(valued.map(|number| one(number, value())).collect()).await?;
    let described: Vec<usize> = all().filter(|number| number % DESCRIBED_EVERY == 5).collect();
    scribe.ask::<Asset>(described.iter().map(|number| one(*number, describe(*number))).collect()).await?;
    answers.written_down(scribe, library, &described).await?;
    let trashed = all().filter(|number| number % TRASHED_EVERY == 60);
    scribe.ask::<Asset>(trashed.map(|number| one(number, AssetCommand::Trash)).collect()).await
}

fn in_group(group: usize) -> AssetCommand {
    let bytes = (u128::from(spread(group, 21)) << 64 | u128::from(spread(group, 22))).to_be_bytes();
    let group = uuid::Builder::from_random_bytes(bytes).into_uuid();
    AssetCommand::Edit(Box::new(Edit { duplicate_group: Some(Some(group)), ..Edit::default() }))
}

fn describe(number: usize) -> AssetCommand {
    let description = Some(format!("The garden behind the house, in the evening of day {number}"));
    let rating = Some(RatingEdit { stars: Some(4) });
    AssetCommand::Edit(Box::new(Edit { description, rating, ..Edit::default() }))
}

/// Memories of many days; those of one day are shown today.
pub(super) async fn memories(scribe: &mut Scribe<'_>, library: &Library) -> Result<(), Fault> {
    let now = Utc::now();
    let memory = |number: usize| {
        let begin = number * MEMORY_ASSETS % library.assets.len().saturating_sub(MEMORY_ASSETS).max(1);
        let days_ago = TimeDelta::days(i64::try_from(number / MEMORIES_A_DAY).unwrap_or(0));
        let years = i32::try_from(number % MEMORIES_A_DAY).unwrap_or(0);
        let new = NewMemory {
            owner: library.owner(),
            topic: MemoryTopic::OnThisDay { year: NEWEST_YEAR - years },
            memory_at: now - days_ago - TimeDelta::days(i64::from(365 * (years + 1))),
            show_at: Some(now - days_ago - TimeDelta::hours(1)),
            hide_at: Some(now - days_ago + TimeDelta::days(1)),
            saved: number.is_multiple_of(50),
            seen_at: None,
            assets: library.assets.iter().skip(begin).take(MEMORY_ASSETS).copied().collect(),
        };
        (Uuid::new_v4(), MemoryCommand::Create(Box::new(new)))
    };
    scribe.ask::<Memory>((0..MEMORIES).map(memory).collect()).await
}
