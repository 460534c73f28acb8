//! Whatever is cut, at the end every stream is that of the log, in order, once.

use std::{sync::atomic::Ordering, time::Duration};

use futures::future::join_all;
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::{scene::Scene, server::Fault};

const SEEDS: u64 = 8;
/// Each costs half a second of waiting.
const MOST_FAULTS: u64 = 10;

/// Faults by chance, some of them in the same request twice.
fn by_chance(seed: u64) -> impl FnMut() -> Fault + Send + 'static {
    let mut chance = StdRng::seed_from_u64(seed);
    let mut left = MOST_FAULTS;
    move || {
        if left == 0 || chance.random_bool(0.6) {
            return Fault::None;
        }
        left -= 1;
        match chance.random_range(0..5) {
            0 | 1 => Fault::CutAfter,
            2 => Fault::CutBefore,
            3 => Fault::Slow(Duration::from_millis(chance.random_range(1..40))),
            _ => Fault::Unavailable,
        }
    }
}

async fn whatever_is_cut(seed: u64) {
    let scene = Scene::set().await;
    scene.server.meets(by_chance(seed));
    let mut mirror = Some(scene.mirror());
    let mut chance = StdRng::seed_from_u64(!seed);
    for _ in 0..4 {
        scene.write(3, 1).await;
        tokio::time::sleep(Duration::from_millis(chance.random_range(0..60))).await;
        match chance.random_range(0..4) {
            // kill -9 of the process that mirrors, wherever it is.
            0 => {
                drop(mirror.take());
                mirror = Some(scene.mirror());
            }
            1 => scene.server.cut(),
            2 => {
                scene.server.goes_down(true);
                tokio::time::sleep(Duration::from_millis(100)).await;
                scene.server.goes_down(false);
            }
            _ => {}
        }
    }
    let mirror = mirror.expect("is there");
    scene.caught_up(&mirror).await;
    scene.assert_equal().await;
    assert!(scene.server.faults.load(Ordering::Relaxed) > 0, "seed {seed} met no fault");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whatever_is_cut_every_stream_is_that_of_the_log() {
    join_all((0..SEEDS).map(whatever_is_cut)).await;
}

/// The hardest of them alone: each append is written, and its answer never comes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_whose_answer_was_lost_is_not_repeated() {
    let scene = Scene::set().await;
    scene.write(2, 1).await;
    let mut left = 4;
    scene.server.meets(move || {
        left -= 1;
        if left >= 0 { Fault::CutAfter } else { Fault::None }
    });
    let mirror = scene.mirror();
    scene.caught_up(&mirror).await;
    scene.assert_equal().await;
    assert!(scene.server.faults.load(Ordering::Relaxed) >= 3);
}

/// A part of a run is there and a part is not: the server refuses the whole of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_of_which_a_part_is_there_is_completed() {
    let scene = Scene::set().await;
    let appender = crate::support::appender(&scene.database, &scene.commands);
    for sequence in 1..=9 {
        appender
            .append(crate::support::append_of(crate::support::stream(9), sequence, Vec::new()))
            .await
            .expect("appends");
    }
    let mirror = scene.mirror();
    scene.caught_up(&mirror).await;
    drop(mirror);
    scene.server.store().all.truncate(4);
    scene.database.execute("UPDATE mirror SET position = 0").await;
    let mirror = scene.mirror();
    scene.caught_up(&mirror).await;
    scene.assert_equal().await;
}

/// Of two processes one mirrors; when it loses its connection to PostgreSQL, it may send on for a moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_that_believe_to_lead_write_everything_once() {
    let scene = Scene::set().await;
    scene.server.meets(|| Fault::Slow(Duration::from_millis(2)));
    scene.write(6, 2).await;
    let (one, other) = (scene.mirror(), scene.mirror());
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(40)).await;
        scene
            .database
            .execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE application_name = 'albumen mirror' AND datname = current_database()",
            )
            .await;
        scene.write(2, 1).await;
    }
    let head = scene.head().await;
    crate::support::eventually("everything is mirrored", async || scene.report().await.position == Some(head)).await;
    scene.assert_equal().await;
    drop((one, other));
}
