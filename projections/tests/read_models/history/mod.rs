//! Histories that could have happened: random commands, decided by the aggregates themselves.

mod albums;
mod historian;
mod memories;
mod people;
mod sharing;
mod steps;
mod tags;
mod texts;
mod values;

use std::{collections::HashSet, fmt, sync::Arc};

use albumen_domain::{Recorded, Subject};
use albumen_schemas::codec;
use proptest::{collection::vec, strategy::Strategy};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use historian::Historian;
pub use steps::{AlbumStep, MemoryStep, Outcome, PeopleStep, SharingStep, StackStep, Step, TagStep, WorkStep};
pub use texts::WORDS;
pub use values::{Reading, uploads};

/// Steps of a history; about two thirds of them are accepted.
const STEPS: usize = 320;

/// A log, as it was while it was written and as it is afterwards.
#[derive(Clone)]
pub struct History {
    events: Vec<Recorded>,
    subjects: Vec<Subject>,
    erased: HashSet<Uuid>,
}

/// Histories of about 190 events.
pub fn histories() -> impl Strategy<Value = History> {
    vec(steps::steps(), STEPS / 2..=STEPS).prop_map(|steps| {
        let mut historian = Historian::new();
        for (gap_ms, step) in steps {
            historian.take(gap_ms, step);
        }
        historian.into_history()
    })
}

impl History {
    /// The events as a reader saw them who was there when they happened.
    pub fn as_it_was(&self) -> Vec<Arc<Recorded>> {
        self.events.iter().cloned().map(Arc::new).collect()
    }

    /// The events as they are read today: out of their stored form, with all that was erased gone
    /// from the first event on.
    pub fn as_it_is(&self) -> Vec<Arc<Recorded>> {
        self.events
            .iter()
            .zip(&self.subjects)
            .map(|(recorded, subject)| Arc::new(self.read(recorded, *subject)))
            .collect()
    }

    fn read(&self, recorded: &Recorded, subject: Subject) -> Recorded {
        let (key, mut payload) = codec::encode(&recorded.event).expect("events can be written");
        if self.erased.contains(&subject.id) || self.erased.contains(&subject.owner) {
            erase(&mut payload);
        }
        let event = codec::decode(recorded.stream.kind, key.name, &key.version.to_string(), payload)
            .expect("what was written can be read");
        Recorded { event, ..recorded.clone() }
    }

    pub fn len(&self) -> usize {
        self.events.len()
    }

    pub fn last(&self) -> i64 {
        self.events.len() as i64
    }
}

/// Every plain personal value becomes an erased one.
fn erase(value: &mut Value) {
    match value {
        Value::Object(map) if is_personal(map) => *value = json!({"$erased": true}),
        Value::Object(map) => map.values_mut().for_each(erase),
        Value::Array(items) => items.iter_mut().for_each(erase),
        _ => {}
    }
}

fn is_personal(map: &Map<String, Value>) -> bool {
    map.len() == 1 && map.contains_key("$personal")
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "erased: {:?}", self.erased)?;
        for recorded in &self.events {
            writeln!(f, "{} {} {} {:?}", recorded.position, recorded.recorded_at, recorded.stream, recorded.event)?;
        }
        Ok(())
    }
}

#[test]
fn histories_are_worth_their_name() {
    use std::collections::BTreeSet;

    use albumen_domain::{AnyEvent, StreamKind};
    use proptest::{strategy::ValueTree, test_runner::TestRunner};

    let mut runner = TestRunner::deterministic();
    let (mut seen, mut lengths, mut erasures) = (BTreeSet::new(), 0, 0);
    let (mut erasing, mut effective) = (0, 0);
    const HISTORIES: usize = 192;
    for _ in 0..HISTORIES {
        let history = histories().new_tree(&mut runner).expect("generates").current();
        for (index, recorded) in history.events.iter().enumerate() {
            assert_eq!(recorded.position, index as i64 + 1);
            seen.insert(recorded.event.key());
        }
        lengths += history.len();
        erasures += history.erased.len();
        let changed = history.as_it_was().iter().zip(&history.as_it_is()).filter(|(was, is)| was != is).count();
        erasing += usize::from(!history.erased.is_empty());
        effective += usize::from(changed > 0);
    }
    let every: BTreeSet<_> = StreamKind::ALL.into_iter().flat_map(AnyEvent::keys).copied().collect();
    assert_eq!(every.difference(&seen).collect::<Vec<_>>(), Vec::<&_>::new(), "each event occurs");
    assert!(lengths / HISTORIES > 90, "{} events each", lengths / HISTORIES);
    assert!(erasures >= HISTORIES / 2, "{erasures} erasures");
    // Not all subjects have something personal: a mark on a photo has none.
    assert!(effective * 4 >= erasing * 3, "{effective} of {erasing} erase something");
}
