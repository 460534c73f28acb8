//! Mirrors that were lost, set back, or written to by others.

use albumen_commands::copies::{CopyState, Destination, copy_again};
use albumen_domain::asset::AssetCommand;

use crate::{
    scene::Scene,
    server::Event,
    support::{append_of, appender, ask, eventually, stream, upload_any},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_mirror_is_noticed_at_the_start_and_filled_again() {
    let scene = Scene::set().await;
    scene.write(5, 1).await;
    let mirror = scene.mirror();
    scene.caught_up(&mirror).await;
    drop(mirror);
    scene.server.store().all.clear();
    let mirror = scene.mirror();
    eventually("the mirror is filled again", async || !scene.server.store().all.is_empty()).await;
    scene.caught_up(&mirror).await;
    scene.assert_equal().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mirror_from_a_backup_is_completed_and_not_doubled() {
    let scene = Scene::set().await;
    scene.write(5, 1).await;
    let mirror = scene.mirror();
    scene.caught_up(&mirror).await;
    drop(mirror);
    let half = scene.server.store().all.len() / 2;
    scene.server.store().all.truncate(half);
    let mirror = scene.mirror();
    let whole = usize::try_from(scene.head().await).expect("a length");
    eventually("the mirror is complete", async || scene.server.store().all.len() == whole).await;
    scene.caught_up(&mirror).await;
    scene.assert_equal().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mirror_that_is_lost_under_way_is_noticed_by_the_next_event() {
    let scene = Scene::set().await;
    let asset = upload_any(&scene.commands).await;
    let mirror = scene.mirror();
    scene.caught_up(&mirror).await;
    scene.server.store().all.clear();
    ask(&scene.commands, asset, AssetCommand::Trash).await.expect("goes into the trash");
    eventually("the mirror is filled again", async || scene.server.store().all.len() == 2).await;
    scene.caught_up(&mirror).await;
    scene.assert_equal().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_wrote_into_a_stream_of_ours_stops_it_loudly() {
    let scene = Scene::set().await;
    let asset = upload_any(&scene.commands).await;
    let name = format!("asset-{asset}");
    scene.server.store().all.push(Event::foreign(&name));
    let mirror = scene.mirror();
    let problem = scene.stands_still(&mirror).await;
    assert!(
        problem.contains(&name) && problem.contains("revision 0") && problem.contains("foreign-thing"),
        "{problem}"
    );
    assert_eq!(scene.report().await.problem, Some(problem), "whoever asks is told the same");
    assert_eq!(scene.server.store().all.len(), 1, "nothing was written over it");
    drop(mirror);
    // Somebody has looked, and removed it.
    scene.server.store().all.clear();
    let mirror = scene.mirror();
    scene.caught_up(&mirror).await;
    scene.assert_equal().await;
    assert_eq!(scene.report().await.problem, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_append_to_a_stream_of_ours_stops_it_loudly() {
    let scene = Scene::set().await;
    let asset = upload_any(&scene.commands).await;
    let mirror = scene.mirror();
    scene.caught_up(&mirror).await;
    scene.server.store().all.push(Event::foreign(&format!("asset-{asset}")));
    ask(&scene.commands, asset, AssetCommand::Trash).await.expect("goes into the trash");
    let problem = scene.stands_still(&mirror).await;
    assert!(problem.contains("revision 1"), "{problem}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_server_does_not_take_is_told_with_its_position() {
    let scene = Scene::set().await;
    upload_any(&scene.commands).await;
    let mut large = append_of(stream(9), 1, Vec::new());
    for event in &mut large.events {
        event.payload = format!("{{\"much\":\"{}\"}}", "x".repeat(1_100_000));
    }
    appender(&scene.database, &scene.commands).append(large).await.expect("appends");
    let mirror = scene.mirror();
    let problem = scene.stands_still(&mirror).await;
    assert!(problem.contains("event 2") && problem.contains("Maximum Append Size"), "{problem}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mirror_that_is_away_is_told_and_waited_for() {
    let scene = Scene::set().await;
    upload_any(&scene.commands).await;
    scene.server.goes_down(true);
    let mirror = scene.mirror();
    let problem = scene.stands_still(&mirror).await;
    assert!(problem.contains("cannot be reached"), "{problem}");
    scene.server.goes_down(false);
    scene.caught_up(&mirror).await;
    scene.assert_equal().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_wants_it_copied_again_gets_no_second_copy() {
    let scene = Scene::set().await;
    scene.write(3, 1).await;
    let mirror = scene.mirror();
    scene.caught_up(&mirror).await;
    copy_again(&scene.database.client().await, Destination::EventStoreDb).await.expect("asks");
    let state = mirror.state();
    eventually("it begins again", async || *state.borrow() == CopyState::Disconnected).await;
    scene.caught_up(&mirror).await;
    scene.assert_equal().await;
}
