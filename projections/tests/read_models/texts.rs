//! Text in pictures, compared with a naive model, which replays the whole history and looks at every document.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use albumen_domain::{
    AnyEvent, Recorded,
    asset::AssetEvent,
    erasure::{ErasureEvent, ErasureScope},
    text::{TextEvent, TextLine},
    user::UserEvent,
};
use albumen_projections::{ReadModels, text::Query, texts::Within};
use uuid::Uuid;

use crate::{
    history::WORDS,
    naive::shown,
    support::{Database, MemoryFeed, apply_all, block_on},
};

/// What PostgreSQL takes for alike.
const ALIKE: f32 = 0.5;

#[derive(Default)]
struct Naive {
    /// By assets: whose they are, and what is on them.
    readings: BTreeMap<Uuid, (Uuid, Vec<TextLine>)>,
}

impl Naive {
    fn of(events: &[Arc<Recorded>]) -> Self {
        let mut naive = Self::default();
        for recorded in events {
            naive.hear(recorded);
        }
        naive
    }

    fn hear(&mut self, recorded: &Recorded) {
        let id = recorded.stream.id;
        match &recorded.event {
            AnyEvent::Text(TextEvent::Read(read)) => {
                self.readings.remove(&id);
                let lines = read.lines.known().filter(|lines| !lines.is_empty());
                self.readings.extend(lines.map(|lines| (id, (read.owner, lines.clone()))));
            }
            AnyEvent::Asset(AssetEvent::Deleted(_)) => _ = self.readings.remove(&id),
            AnyEvent::User(UserEvent::Removed(_)) => self.readings.retain(|_, (owner, _)| *owner != id),
            AnyEvent::Erasure(ErasureEvent::SubjectErased(erased)) => match erased.scope {
                ErasureScope::Owner => self.readings.retain(|_, (owner, _)| *owner != id),
                ErasureScope::Subject => _ = self.readings.remove(&id),
            },
            _ => {}
        }
    }
}

/// The tokenizer by code units, one after the other, as it was described.
fn tokens(text: &str) -> Vec<String> {
    const UNPARTED: [(u16, u16); 5] =
        [(0x4e00, 0x9fff), (0xac00, 0xd7af), (0x3040, 0x309f), (0x30a0, 0x30ff), (0x3400, 0x4dbf)];
    let is_unparted = |unit: u16| UNPARTED.iter().any(|(first, last)| (*first..=*last).contains(&unit));
    let units: Vec<u16> = text.encode_utf16().collect();
    let (mut tokens, mut at) = (Vec::new(), 0);
    let text_of = |units: &[u16]| String::from_utf16_lossy(units);
    while at < units.len() {
        if units[at] <= 32 {
            at += 1;
            continue;
        }
        let unparted = is_unparted(units[at]);
        let end = (at..units.len()).find(|i| units[*i] <= 32 || is_unparted(units[*i]) != unparted);
        let end = end.unwrap_or(units.len());
        if unparted && end - at > 1 {
            (at..end - 1).for_each(|i| tokens.push(text_of(&units[i..i + 2])));
        } else {
            tokens.push(text_of(&units[at..end]));
        }
        at = end;
    }
    tokens
}

fn is_like(query: &str, lines: &[TextLine]) -> bool {
    let document: Vec<String> = lines.iter().flat_map(|line| tokens(&line.text)).collect();
    Query::new(&tokens(query).join(" ")).strict_word_similarity(&document.join(" ")) >= ALIKE
}

/// Every answer about text in pictures is that of the naive model.
pub async fn assert_agrees(models: &ReadModels, events: &[Arc<Recorded>]) {
    let naive = Naive::of(events);
    let read = events.iter().filter(|recorded| matches!(recorded.event, AnyEvent::Text(_)));
    for id in read.map(|recorded| recorded.stream.id).collect::<BTreeSet<_>>() {
        assert_lines(models, id, &naive).await;
    }
    let owners: BTreeSet<Uuid> = naive.readings.values().map(|(owner, _)| *owner).collect();
    let owners: Vec<Uuid> = owners.into_iter().collect();
    for query in WORDS.iter().copied().chain(["Grand total", "会", "ota", "t", "", "%", "議室A"]) {
        for few in 0..=owners.len().min(2) {
            assert_found(models, query, &owners[..few], &naive).await;
        }
    }
}

async fn assert_lines(models: &ReadModels, id: Uuid, naive: &Naive) {
    let rows = models.texts().lines(id).await.unwrap();
    let found = rows.iter().map(|row| {
        let corners = [row.x1, row.y1, row.x2, row.y2, row.x3, row.y3, row.x4, row.y4];
        TextLine { corners, box_score: row.box_score, text_score: row.text_score, text: row.text.clone() }
    });
    let lines = naive.readings.get(&id).map(|(_, lines)| lines.as_slice()).unwrap_or_default();
    let expected = lines.iter().map(|line| TextLine { text: shown(&line.text), ..line.clone() });
    assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    assert!(rows.iter().enumerate().all(|(place, row)| row.asset_id == id && row.place == place as i32));
}

async fn assert_found(models: &ReadModels, query: &str, owners: &[Uuid], naive: &Naive) {
    let found = models.texts().like(query, Within::Owners(owners)).await.unwrap();
    let meant = naive.readings.iter().filter(|(_, (owner, lines))| owners.contains(owner) && is_like(query, lines));
    let expected: BTreeSet<Uuid> = meant.map(|(id, _)| *id).collect();
    assert_eq!(found.len(), expected.len(), "{query}: each once");
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected, "{query}");
}

/// However the numbers of documents are estimated, no plan looks at all of them.
#[test]
fn what_fits_is_found_through_the_index() {
    const ROWS: &str = "
        INSERT INTO texts.reading (asset_id, owner_id, position, model, words)
        SELECT gen_random_uuid(), '00000000-0000-0000-0000-000000000001', number, '', repeat('words ', 40)
        FROM generate_series(1, 20000) AS number;
        INSERT INTO texts.reading_gram (asset_id, grams)
        SELECT asset_id, ARRAY(SELECT (random() * 40000 + position * 0)::integer FROM generate_series(1, 150))
        FROM texts.reading;
        ANALYZE texts.reading, texts.reading_gram;
        SET plan_cache_mode = force_generic_plan;";
    block_on(async {
        let database = Database::create().await;
        apply_all(&database, MemoryFeed::of(&[])).await;
        let client = database.client().await;
        client.batch_execute(ROWS).await.unwrap();
        let candidates = include_str!("../../src/texts/sql/candidates.sql");
        let prepare = format!("PREPARE candidates (integer[], integer[], bigint, uuid[]) AS {candidates}");
        client.batch_execute(&prepare).await.unwrap();
        let explain = "EXPLAIN EXECUTE candidates ('{1,2,3}', '{1,2,3,4,5}', 3, '{}')";
        let plan: Vec<String> = client.query(explain, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
        let plan = plan.join("\n");
        assert!(plan.contains("reading_gram_grams") && !plan.contains("Seq Scan"), "{plan}");
    });
}
