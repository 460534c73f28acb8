//! What a mirror holds when nothing goes wrong.

use albumen_domain::asset::AssetCommand;
use uuid::Uuid;

use crate::{
    scene::Scene,
    server::Event,
    support::{append_of, appender, ask, stream, upload},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_stream_is_that_of_the_log() {
    let scene = Scene::set().await;
    scene.write(5, 2).await;
    let mirror = scene.mirror();
    scene.caught_up(&mirror).await;
    scene.assert_equal().await;
    // And what is written while it runs.
    scene.write(3, 1).await;
    scene.caught_up(&mirror).await;
    scene.assert_equal().await;
    let positions = scene.positions();
    assert!(positions.is_sorted(), "the order over all streams is the log's: {positions:?}");
    let report = scene.report().await;
    assert_eq!((report.position, report.problem, report.is_led), (Some(scene.head().await), None, true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_runs_of_one_stream_are_sent_together() {
    let scene = Scene::set().await;
    let appender = appender(&scene.database, &scene.commands);
    for sequence in 1..=250 {
        appender.append(append_of(stream(9), sequence, Vec::new())).await.expect("appends");
    }
    let mirror = scene.mirror();
    scene.caught_up(&mirror).await;
    scene.assert_equal().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mirror_full_of_other_things_keeps_them() {
    let scene = Scene::set().await;
    let foreign: Vec<Event> = (0..3_000).map(|number| Event::foreign(&format!("others-{}", number % 70))).collect();
    scene.server.store().all = foreign.clone();
    scene.write(4, 1).await;
    let mirror = scene.mirror();
    scene.caught_up(&mirror).await;
    scene.assert_equal().await;
    assert_eq!(scene.server.store().all[..3_000], foreign, "what others wrote is as it was");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sealed_values_stay_sealed() {
    let scene = Scene::set().await;
    let asset = Uuid::new_v4();
    upload(&scene.commands, asset, Uuid::from_u128(1), "very-own-name").await.expect("uploads");
    ask(&scene.commands, asset, AssetCommand::Trash).await.expect("goes into the trash");
    let mirror = scene.mirror();
    scene.caught_up(&mirror).await;
    scene.assert_equal().await;
    for event in &scene.server.store().all {
        let text = String::from_utf8_lossy(&event.data);
        assert!(!text.contains("private very-own-name"), "the file's name is readable in {text}");
    }
}
