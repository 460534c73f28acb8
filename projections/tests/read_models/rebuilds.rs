//! A rebuilt read model equals the live one, and takes its place without anybody noticing.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use albumen_projections::{
    library::Library,
    projections,
    runtime::{
        Projection, RebuildError, RebuildOptions, RebuildProgress, RebuildState, Rebuilds, Rebuilt, checkpoints,
        rebuild, rebuild_with, replay,
    },
};
use albumen_schemas::feed::Feed;
use proptest::collection::vec;
use tokio_postgres::Client;

use crate::{
    batches::one_by_one,
    faults::some_history,
    history::{History, histories},
    support::{
        Database, MemoryFeed, NewVersion, PATIENCE, Tables, apply_all, assert_equal, block_on, check, eventually,
        follow, follow_all, reached,
    },
    timeline::{assert_agrees, questions},
};

const CASES: u32 = 16;

async fn rebuild_one(
    database: &Database,
    projection: Arc<dyn Projection>,
    feed: &Arc<MemoryFeed>,
) -> Result<Rebuilt, RebuildError> {
    let feed: Arc<dyn Feed> = feed.clone();
    rebuild(projection, feed, &database.config(), |_| {}).await
}

/// One that was stopped holds its lock until its connection is gone.
async fn rebuild_again(database: &Database, projection: Arc<dyn Projection>, feed: &Arc<MemoryFeed>) -> Rebuilt {
    let mut rebuilt = None;
    eventually("the rebuild gets its turn", async || match rebuild_one(database, projection.clone(), feed).await {
        Ok(done) => {
            rebuilt = Some(done);
            true
        }
        Err(RebuildError::UnderWay(_)) => false,
        Err(error) => panic!("{error}"),
    })
    .await;
    rebuilt.expect("it is done")
}

/// Whose tables these are, by the ids that PostgreSQL gave them.
async fn table_ids(client: &Client) -> Vec<u32> {
    let sql = "SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = ANY($1) AND c.relkind = 'r' ORDER BY 1";
    let names: Vec<&str> = projections().iter().map(|projection| projection.name()).collect();
    client.query(sql, &[&names]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[test]
fn a_rebuilt_read_model_equals_the_live_one_and_the_naive_model_both() {
    let sizes = vec(1..40usize, 1..5);
    check(CASES, (histories(), sizes, questions()), async |(history, sizes, questions)| {
        let database = Database::create().await;
        // The live one saw personal values that nobody can read any more when it is rebuilt.
        apply_all(&database, MemoryFeed::of(&history.as_it_was()).in_batches(&sizes)).await;
        let client = database.client().await;
        let (live, live_ids) = (Tables::read(&client).await, table_ids(&client).await);
        let models = database.questions();
        assert_agrees(&models, &history.as_it_was(), &questions).await;
        let feed = Arc::new(MemoryFeed::of(&history.as_it_is()).in_batches(&sizes).repeating(&[0, 3]));
        for projection in projections() {
            let rebuilt = rebuild_one(&database, projection.clone(), &feed).await.expect("rebuilds");
            let name = projection.name();
            assert_eq!((rebuilt.compared_at, rebuilt.differences), (Some(history.last()), Vec::new()), "{name}");
        }
        assert_equal(&Tables::read(&client).await, &live);
        let rebuilt_ids = table_ids(&client).await;
        assert!(rebuilt_ids.iter().all(|id| !live_ids.contains(id)), "the new tables took the old ones' place");
        // With the same connections, whose statements were made for the old tables.
        assert_agrees(&models, &history.as_it_is(), &questions).await;
        assert_equal(&live, &one_by_one(&history).await);
    });
}

/// A comparison that cannot see a difference proves nothing.
#[test]
fn a_difference_is_reported_and_mended() {
    block_on(async {
        let history = some_history();
        let database = Database::create().await;
        apply_all(&database, MemoryFeed::of(&history.as_it_was())).await;
        let client = database.client().await;
        client.execute("UPDATE library.asset SET favorite = NOT favorite WHERE id = (SELECT min(id::text)::uuid FROM library.asset)", &[]).await.unwrap();
        client
            .execute("DELETE FROM library.asset_count WHERE ctid = (SELECT min(ctid) FROM library.asset_count)", &[])
            .await
            .unwrap();
        let feed = Arc::new(MemoryFeed::of(&history.as_it_is()));
        let rebuilt = rebuild_one(&database, Arc::new(Library), &feed).await.expect("rebuilds");
        let found: Vec<_> = rebuilt.differences.iter().map(|d| (d.table, d.only_live, d.only_rebuilt)).collect();
        assert_eq!(found, [("asset", 1, 1), ("asset_count", 0, 1)]);
        assert_equal(&Tables::read(&client).await, &one_by_one(&history).await);
    });
}

#[test]
fn events_that_arrive_during_a_rebuild_are_in_it() {
    check(CASES / 2, (histories(), vec(0..6usize, 4..12)), async |(history, arrivals)| {
        let database = Database::create().await;
        let feed = Arc::new(MemoryFeed::unpublished(&history.as_it_was()).in_batches(&[5, 2, 9]));
        let subscriptions = follow_all(&database, &feed).await;
        feed.publish(history.len() / 2);
        let (publishing, lowest) = (AtomicBool::new(true), AtomicI64::new(0));
        let publish = async {
            for more in arrivals.iter().cycle() {
                if feed.position() >= history.last() {
                    break;
                }
                feed.publish(more + 1);
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            publishing.store(false, Ordering::SeqCst);
        };
        // As those see it who read: time never goes backwards.
        let watch = async {
            let client = database.client().await;
            while publishing.load(Ordering::SeqCst) {
                let position = library_position(&client).await;
                assert!(position >= lowest.swap(position, Ordering::SeqCst), "back to {position}");
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let rebuild_all = async {
            let mut rounds = 0;
            while publishing.load(Ordering::SeqCst) || rounds == 0 {
                for projection in projections() {
                    let rebuilt = rebuild_again(&database, projection, &feed).await;
                    assert_eq!(rebuilt.differences, [], "at {:?}", rebuilt.compared_at);
                    assert!(rebuilt.compared_at.is_some());
                }
                rounds += 1;
            }
        };
        tokio::join!(publish, watch, rebuild_all);
        for subscription in &subscriptions {
            reached(subscription, history.last()).await;
        }
        assert_equal(&Tables::read(&database.client().await).await, &one_by_one(&history).await);
    });
}

async fn library_position(client: &Client) -> i64 {
    let all = checkpoints(client).await.expect("the database answers");
    all.iter().find(|checkpoint| checkpoint.instance == "library").expect("it always has one").position
}

#[test]
fn a_rebuild_that_is_stopped_goes_on_where_it_was() {
    check(CASES / 2, (histories(), vec(1..60i64, 1..4)), async |(history, stops)| {
        let database = Database::create().await;
        apply_all(&database, MemoryFeed::of(&history.as_it_was())).await;
        let client = database.client().await;
        let live = Tables::read(&client).await;
        let feed = Arc::new(MemoryFeed::of(&history.as_it_is()).in_batches(&[4]));
        let mut come = 0;
        for stop in stops {
            let (stop_at, seen) = (come + stop, Arc::new(AtomicI64::new(0)));
            let (reported, source): (_, Arc<dyn Feed>) = (seen.clone(), feed.clone());
            let config = database.config();
            let running = rebuild(Arc::new(Library), source, &config, move |progress| {
                reported.store(progress.position, Ordering::SeqCst);
            });
            let stopped = eventually("it has come that far", async || seen.load(Ordering::SeqCst) >= stop_at);
            tokio::select! {
                rebuilt = running => match rebuilt {
                    Ok(rebuilt) => assert_eq!(rebuilt.differences, []),
                    Err(RebuildError::UnderWay(_)) => continue,
                    Err(error) => panic!("{error}"),
                },
                () = stopped => {}
            }
            come = seen.load(Ordering::SeqCst);
        }
        let rebuilt = rebuild_again(&database, Arc::new(Library), &feed).await;
        assert_eq!((rebuilt.compared_at, rebuilt.differences), (Some(history.last()), Vec::new()));
        assert_equal(&Tables::read(&client).await, &live);
    });
}

#[test]
fn a_stopped_rebuild_does_not_begin_again() {
    block_on(async {
        let history = some_history();
        let database = Database::create().await;
        apply_all(&database, MemoryFeed::of(&history.as_it_was())).await;
        let feed = Arc::new(MemoryFeed::of(&history.as_it_is()).in_batches(&[10]));
        feed.poison(61);
        let error = rebuild_one(&database, Arc::new(Library), &feed).await.expect_err("an event cannot be read");
        assert!(error.is_permanent() && error.to_string().contains("event 61 "), "{error}");
        feed.poison(0);
        let first = Arc::new(AtomicI64::new(0));
        let (reported, source): (_, Arc<dyn Feed>) = (first.clone(), feed.clone());
        let resumed = async || {
            let (reported, source) = (reported.clone(), source.clone());
            rebuild(Arc::new(Library), source, &database.config(), move |progress| {
                let _ = reported.compare_exchange(0, progress.position, Ordering::SeqCst, Ordering::SeqCst);
            })
            .await
        };
        eventually("the rebuild gets its turn", async || match resumed().await {
            Ok(rebuilt) => rebuilt.differences.is_empty(),
            Err(RebuildError::UnderWay(_)) => false,
            Err(error) => panic!("{error}"),
        })
        .await;
        assert_eq!(first.load(Ordering::SeqCst), 70, "it went on from 60");
    });
}

#[test]
fn one_rebuild_at_a_time() {
    block_on(async {
        let history = some_history();
        let database = Database::create().await;
        apply_all(&database, MemoryFeed::of(&history.as_it_was())).await;
        let feed = Arc::new(MemoryFeed::of(&history.as_it_is()).in_batches(&[1]));
        let both = tokio::join!(
            rebuild_one(&database, Arc::new(Library), &feed),
            rebuild_one(&database, Arc::new(Library), &feed),
        );
        let outcomes = [&both.0, &both.1];
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{both:?}");
        let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(RebuildError::UnderWay("library"))));
        assert_eq!(refused.count(), 1, "{both:?}");
    });
}

/// Nobody follows, and the live one is behind the log: it still is compared, at its position.
#[test]
fn a_live_one_that_is_behind_is_compared_where_it_is() {
    block_on(async {
        let history = some_history();
        let database = Database::create().await;
        let half = history.len() / 2;
        apply_all(&database, MemoryFeed::of(&history.as_it_was()[..half])).await;
        let client = database.client().await;
        client.execute("UPDATE library.asset SET path = ''", &[]).await.unwrap();
        let feed = Arc::new(MemoryFeed::of(&history.as_it_was()));
        let rebuilt = rebuild_one(&database, Arc::new(Library), &feed).await.expect("rebuilds");
        assert_eq!(rebuilt.compared_at, Some(half as i64));
        assert!(rebuilt.differences.iter().any(|difference| difference.table == "asset"), "{rebuilt:?}");
        reached(&follow(&database, Arc::new(Library), &feed).await, history.last()).await;
    });
}

/// Somebody reads the old tables for long: the swap waits, and comes when they are done.
#[test]
fn the_swap_waits_for_those_who_read_and_loses_nothing() {
    block_on(async {
        let history = some_history();
        let database = Database::create().await;
        let events = history.as_it_was();
        let feed = Arc::new(MemoryFeed::unpublished(&events));
        feed.publish(history.len() - 20);
        let subscriptions = follow_all(&database, &feed).await;
        for subscription in &subscriptions {
            reached(subscription, feed.position()).await;
        }
        let mut reader = database.client().await;
        let reading = reader.transaction().await.unwrap();
        reading.query("SELECT count(*) FROM library.asset", &[]).await.unwrap();
        let release = async {
            // The first attempt has to give up; what arrives then must be in the second.
            tokio::time::sleep(Duration::from_millis(1_000)).await;
            feed.publish(20);
            tokio::time::sleep(Duration::from_millis(1_600)).await;
            reading.commit().await.unwrap();
        };
        let (rebuilt, ()) = tokio::join!(rebuild_one(&database, Arc::new(Library), &feed), release);
        assert_eq!(rebuilt.expect("rebuilds").differences, []);
        for subscription in &subscriptions {
            reached(subscription, history.last()).await;
        }
        assert_equal(&Tables::read(&database.client().await).await, &one_by_one(&history).await);
    });
}

#[test]
fn a_new_version_is_built_when_it_starts_to_follow() {
    block_on(async {
        let history = some_history();
        let database = Database::create().await;
        let events = history.as_it_was();
        let feed = Arc::new(MemoryFeed::unpublished(&events).in_batches(&[30]));
        feed.publish(history.len() / 2);
        let old = follow_all(&database, &feed).await;
        for subscription in &old {
            reached(subscription, feed.position()).await;
        }
        feed.publish(history.len());
        for projection in projections() {
            let newer = NewVersion::of(projection.clone());
            let (name, table, client) = (projection.name(), projection.tables()[0], database.client().await);
            let _subscription = follow(&database, newer.clone(), &feed).await;
            eventually("the new version has come to the end", async || {
                let all = checkpoints(&client).await.unwrap();
                all.iter().any(|one| {
                    (one.instance.as_str(), one.version, one.position) == (name, newer.version(), history.last())
                })
            })
            .await;
            let new_column = format!("SELECT count(*) FROM {name}.{table} WHERE novelty <> 7");
            assert_eq!(client.query_one(&new_column, &[]).await.expect("it has the new column").get::<_, i64>(0), 0);
            client.batch_execute(&format!("ALTER TABLE {name}.{table} DROP COLUMN novelty")).await.unwrap();
        }
        assert_equal(&Tables::read(&database.client().await).await, &one_by_one(&history).await);
        drop(old);
    });
}

/// The old release's readers are still there for a moment: they must not touch the new tables.
#[test]
fn an_old_release_leaves_the_tables_of_a_newer_one_alone() {
    block_on(async {
        let history = some_history();
        let database = Database::create().await;
        let feed = Arc::new(MemoryFeed::unpublished(&history.as_it_was()));
        let old = follow(&database, Arc::new(Library), &feed).await;
        let newer = NewVersion::of(Arc::new(Library));
        feed.publish(history.len() / 2);
        reached(&old, feed.position()).await;
        rebuild_one(&database, newer.clone(), &feed).await.expect("rebuilds");
        feed.publish(history.len());
        let mut progress = old.progress();
        let left = progress.wait_for(|now| now.failure.is_some());
        tokio::time::timeout(PATIENCE, left).await.expect("the old one notices").expect("it lives");
        let client = database.client().await;
        let noted = checkpoints(&client).await.unwrap().remove(0);
        assert_eq!((noted.version, noted.position, noted.failure), (newer.version(), history.last() / 2, None));
        reached(&follow(&database, newer, &feed).await, history.last()).await;
    });
}

/// A database in which read models have followed a history, and the feed that a rebuild reads.
async fn live(history: &History) -> (Database, Arc<MemoryFeed>) {
    let database = Database::create().await;
    apply_all(&database, MemoryFeed::of(&history.as_it_was())).await;
    (database, Arc::new(MemoryFeed::of(&history.as_it_is())))
}

/// The account of rebuilds, in a database of its own.
fn rebuilds_in(database: &Database, feed: &Arc<MemoryFeed>) -> Rebuilds {
    let over = feed.clone();
    Rebuilds::new(database.pool(), database.config(), feed.clone(), Arc::new(move |_| over.clone()))
}

#[test]
fn what_was_replaced_is_kept_and_can_be_switched_back_to() {
    block_on(async {
        let history = some_history();
        let database = Database::create().await;
        let feed = Arc::new(MemoryFeed::unpublished(&history.as_it_was()));
        feed.publish(history.len() / 2);
        let following = follow(&database, Arc::new(Library), &feed).await;
        reached(&following, feed.position()).await;
        let client = database.client().await;
        let first = table_ids_of(&client, "library").await;
        let rebuilds = rebuilds_in(&database, &feed);
        assert!(matches!(rebuilds.swap_back(Arc::new(Library)).await, Err(RebuildError::NothingKept("library"))));
        let rebuilt = rebuilds.run(Arc::new(Library), None, true, |_| {}).await.expect("rebuilds");
        assert_eq!(rebuilt.differences, []);
        let second = table_ids_of(&client, "library").await;
        assert_eq!(table_ids_of(&client, "library_previous").await, first);
        // What happens meanwhile is not in the tables that are kept, and has to be made up for.
        feed.publish(history.len());
        reached(&following, history.last()).await;
        let position = rebuilds.swap_back(Arc::new(Library)).await.expect("switches back");
        assert!(position > history.last() / 2, "it has caught up: {position}");
        assert_eq!(table_ids_of(&client, "library").await, first);
        assert_eq!(table_ids_of(&client, "library_previous").await, second);
        let statuses = rebuilds.statuses().await.unwrap();
        assert_eq!((statuses.len(), statuses[0].state), (1, RebuildState::SwappedBack));
        assert!(rebuilds.drop_kept(&Library).await.expect("drops"));
        assert!(!rebuilds.drop_kept(&Library).await.expect("there is nothing any more"));
        drop(following);
        let rest = projections().into_iter().filter(|projection| projection.name() != "library");
        for projection in rest {
            reached(&follow(&database, projection, &feed).await, history.last()).await;
        }
        reached(&follow(&database, Arc::new(Library), &feed).await, history.last()).await;
        assert_equal(&Tables::read(&client).await, &one_by_one(&history).await);
    });
}

async fn table_ids_of(client: &Client, schema: &str) -> Vec<u32> {
    let sql = "SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = $1 AND c.relkind = 'r' ORDER BY 1";
    client.query(sql, &[&schema]).await.expect("is asked").iter().map(|row| row.get(0)).collect()
}

#[test]
fn a_rebuild_is_built_without_being_swapped_in_and_swapped_in_later() {
    block_on(async {
        let history = some_history();
        let (database, feed) = live(&history).await;
        let client = database.client().await;
        let live = table_ids_of(&client, "library").await;
        let rebuilds = rebuilds_in(&database, &feed);
        let built = rebuilds.run(Arc::new(Library), None, false, |_| {}).await.expect("is built");
        assert_eq!((built.compared_at, built.differences), (Some(history.last()), vec![]));
        assert_eq!(rebuilds.statuses().await.unwrap()[0].state, RebuildState::Built);
        assert_eq!(table_ids_of(&client, "library").await, live);
        let next = table_ids_of(&client, "library_next").await;
        eventually("the lock of the one before is gone", async || {
            !matches!(rebuilds.run(Arc::new(Library), None, true, |_| {}).await, Err(RebuildError::UnderWay(_)))
        })
        .await;
        assert_eq!(table_ids_of(&client, "library").await, next);
    });
}

#[test]
fn a_rebuild_stops_when_it_is_asked_to_and_keeps_to_its_pace() {
    block_on(async {
        let history = some_history();
        let database = Database::create().await;
        apply_all(&database, MemoryFeed::of(&history.as_it_was())).await;
        let feed: Arc<dyn Feed> = Arc::new(MemoryFeed::of(&history.as_it_is()));
        let options = RebuildOptions { events_per_s: NonZeroU32::new(100), ..RebuildOptions::default() };
        let (started, stop) = (Instant::now(), options.stop.clone());
        let reached = Arc::new(AtomicI64::new(0));
        let seen = reached.clone();
        let stopped = rebuild_with(Arc::new(Library), feed, &database.config(), &options, move |progress| {
            seen.store(progress.position, Ordering::SeqCst);
            stop.store(progress.position >= 50, Ordering::SeqCst);
        })
        .await;
        assert!(matches!(stopped, Err(RebuildError::Stopped("library"))), "{stopped:?}");
        assert_eq!(reached.load(Ordering::SeqCst), 50, "batches of a tenth of a second");
        assert!(started.elapsed() >= Duration::from_millis(500), "{:?}", started.elapsed());
    });
}

/// It runs on a thread of its own, in a runtime that ends with it.
#[test]
fn a_rebuild_that_gives_way_comes_out_the_same_and_says_how_far_it_is() {
    block_on(async {
        let history = some_history();
        let (database, feed) = live(&history).await;
        let rebuilds = rebuilds_in(&database, &feed);
        let mut reports = Vec::new();
        let report = |progress: RebuildProgress| reports.push(progress.position);
        let throttle = NonZeroU32::new(10_000);
        let rebuilt = rebuilds.run(Arc::new(Library), throttle, true, report).await.expect("rebuilds");
        assert_eq!((rebuilt.compared_at, rebuilt.differences), (Some(history.last()), vec![]));
        assert!(reports.is_sorted(), "{reports:?}");
        assert_eq!(reports.last(), Some(&history.last()));
        let status = rebuilds.statuses().await.unwrap().remove(0);
        assert_eq!((status.state, status.position), (RebuildState::Swapped, history.last()));
        assert!(rebuilds.drop_kept(&Library).await.expect("what was replaced is dropped"));
        assert_equal(&Tables::read(&database.client().await).await, &one_by_one(&history).await);
    });
}

#[test]
fn a_rebuild_that_gives_way_stops_when_nobody_waits_for_it_any_more() {
    block_on(async {
        let history = some_history();
        let (database, feed) = live(&history).await;
        let rebuilds = rebuilds_in(&database, &feed);
        let client = database.client().await;
        let (begun, waited) = tokio::sync::oneshot::channel();
        let abandoned = tokio::spawn({
            let (rebuilds, mut begun) = (rebuilds.clone(), Some(begun));
            async move {
                let report = |_| {
                    if let Some(begun) = begun.take() {
                        let _ = begun.send(());
                    }
                };
                // Slow enough to be far from its end when it is left alone.
                rebuilds.run(Arc::new(Library), NonZeroU32::new(100), true, report).await
            }
        });
        waited.await.expect("it begins");
        abandoned.abort();
        eventually("its lock is free", async || {
            let sql = "SELECT NOT EXISTS (SELECT FROM pg_locks JOIN pg_database AS own ON own.oid = pg_locks.database
                           WHERE own.datname = current_database() AND locktype = 'advisory')";
            client.query_one(sql, &[]).await.expect("is asked").get(0)
        })
        .await;
        let left = checkpoints(&client).await.unwrap();
        let next = left.iter().find(|one| one.instance == "library_next").expect("what it did is kept");
        assert!(next.position < history.last(), "{next:?}");
    });
}

#[test]
fn a_replay_shows_a_moment_of_the_past() {
    block_on(async {
        let history = some_history();
        let events = history.as_it_was();
        let half = history.len() / 2;
        let (then, live) = (Database::create().await, Database::create().await);
        let feed = MemoryFeed::of(&events).in_batches(&[7]);
        for projection in projections() {
            replay(projection.as_ref(), &feed, &then.config(), half as i64, |_| {}).await.expect("replays");
        }
        apply_all(&live, MemoryFeed::of(&events[..half])).await;
        let tables = Tables::read(&then.client().await).await;
        assert_equal(&tables, &Tables::read(&live.client().await).await);
        let back = replay(&Library, &feed, &then.config(), 1, |_| {}).await;
        assert!(matches!(back, Err(RebuildError::Ahead { name: "library", .. })), "{back:?}");
    });
}
