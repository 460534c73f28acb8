//! How fast a model answers, as the newest events tell.

use albumen_commands::{Commands, Context};
use albumen_domain::{
    embedding::{Embedding, EmbeddingCommand, EmbeddingMade},
    processing::Job,
    vector,
};
use uuid::Uuid;

use crate::support::{Database, upload_any};

const MODEL: &str = "ViT-B-32__openai";

async fn see(commands: &Commands, model: &str) {
    let asset = upload_any(commands).await;
    let made = EmbeddingMade {
        owner: Uuid::from_u128(1),
        asset,
        lease: Uuid::new_v4(),
        revision: 1,
        model: model.to_owned(),
        dimension: 1,
        vector: vector::encode(&[1.0]).into(),
    };
    let (stream, command) = (vector::stream_id(asset, model), EmbeddingCommand::Report(made));
    commands.execute::<Embedding>(stream, command, &Context::operator()).await.expect("is taken");
}

#[tokio::test]
async fn answers_of_a_model_are_counted_for_as_long_as_they_are_new() {
    let database = Database::create().await;
    let commands = database.open().await;
    let reader = commands.feed().reader();
    assert_eq!(reader.pace(Job::Embedding, MODEL).await.expect("reads"), None, "nothing has come");
    for model in [MODEL, "another", MODEL, MODEL] {
        see(&commands, model).await;
    }

    let pace = reader.pace(Job::Embedding, MODEL).await.expect("reads").expect("some have come");
    assert_eq!(pace.answers, 3);
    assert!(pace.since.as_secs() < 60, "{pace:?}");
    assert_eq!(reader.pace(Job::FaceDetection, MODEL).await.expect("reads"), None, "that is another job");
    assert_eq!(reader.pace(Job::Previews, MODEL).await.expect("reads"), None, "no model does that");

    // The second event is the first answer: the upload was before it.
    age(&database, "position > 2", "1 minute").await;
    age(&database, "position <= 2", "1 hour").await;
    let pace = reader.pace(Job::Embedding, MODEL).await.expect("reads").expect("some have come");
    assert_eq!(pace.answers, 2, "what is old does not count");
    assert!((60..120).contains(&pace.since.as_secs()), "{pace:?}");
}

/// Time passes over events: nobody but a superuser can do that.
async fn age(database: &Database, which: &str, by: &str) {
    let statement = format!("UPDATE events SET recorded_at = recorded_at - interval '{by}' WHERE {which}");
    database.execute(&format!("SET session_replication_role = replica; {statement}")).await;
}
