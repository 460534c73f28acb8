//! Looking events up by position, by stream and by time.

use albumen_domain::{StreamId, StreamKind, asset::AssetCommand};
use chrono::{DateTime, TimeDelta, Utc};

use crate::support::{Database, ask, upload_any};

#[tokio::test]
async fn events_are_found_by_position_stream_and_time() {
    let database = Database::create().await;
    let commands = database.open().await;
    let (one, two) = (upload_any(&commands).await, upload_any(&commands).await);
    for command in [AssetCommand::Trash, AssetCommand::Restore, AssetCommand::Trash] {
        ask(&commands, one, command).await.expect("is asked");
    }
    let reader = commands.feed().reader();
    let stream = |id| StreamId { kind: StreamKind::Asset, id };
    let positions = |events: &[std::sync::Arc<albumen_domain::Recorded>]| {
        events.iter().map(|event| event.position).collect::<Vec<i64>>()
    };

    assert_eq!(positions(&reader.at(&[4, 1, 99]).await.expect("reads")), [1, 4]);
    let streams = reader.streams(&[stream(one), stream(two)]).await.expect("reads");
    assert_eq!(positions(&streams[&stream(one)]), [1, 3, 4, 5]);
    assert_eq!(positions(&streams[&stream(two)]), [2]);
    let before = reader.before(&[(stream(one), 3), (stream(two), 1)]).await.expect("reads");
    assert_eq!(positions(&before[&stream(one)]), [1, 3]);
    assert!(!before.contains_key(&stream(two)), "nothing was before the first");

    let third: DateTime<Utc> = reader.at(&[3]).await.expect("reads")[0].recorded_at;
    assert_eq!(reader.position_at(third).await.expect("reads"), 3);
    assert_eq!(reader.position_at(third - TimeDelta::microseconds(1)).await.expect("reads"), 2);
    assert_eq!(reader.position_at(DateTime::UNIX_EPOCH).await.expect("reads"), 0);
    assert_eq!(reader.position_at(Utc::now() + TimeDelta::days(1)).await.expect("reads"), 5);
}
