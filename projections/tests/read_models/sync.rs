//! Devices that keep a copy: whatever a device has and wherever it stopped, it ends with exactly
//! what its user may see.

mod device;
mod sight;

use std::sync::Arc;

use albumen_projections::sync::{Ack, Beginning, CheckpointChange, Device, EntityType, RequestType};
use chrono::{TimeDelta, Utc};
use proptest::collection::vec;
use uuid::Uuid;

use crate::{
    history::histories,
    support::{Database, MemoryFeed, block_on, check, follow_all, reached},
};
use device::Copy;
use sight::Sight;

const CASES: u32 = 12;

/// Devices of two users: one comes after every few events, one breaks off now and then, one comes
/// at the very end.
#[test]
fn a_device_ends_with_exactly_what_its_user_may_see() {
    let stages = vec((1..60usize, proptest::option::of(0..40usize)), 3..8);
    check(CASES, (histories(), stages), async |(history, stages)| {
        let database = Database::create().await;
        let events = history.as_it_was();
        let feed = Arc::new(MemoryFeed::unpublished(&events).in_batches(&[3, 50, 7]));
        let subscriptions = follow_all(&database, &feed).await;
        let models = database.questions();
        // There are two users from the start.
        feed.publish(2);
        for subscription in &subscriptions {
            reached(subscription, feed.position()).await;
        }
        let users: Vec<Uuid> = models.identity().accounts(true).await.expect("answers").iter().map(|a| a.id).collect();
        let mut eager: Vec<Copy> = users.iter().map(|user| Copy::of(*user)).collect();
        let mut shaky: Vec<Copy> = users.iter().map(|user| Copy::of(*user)).collect();
        for (more, breaks_after) in stages.iter().copied().chain([(usize::MAX / 2, Some(5))]) {
            feed.publish(more.min(history.len()));
            for subscription in &subscriptions {
                reached(subscription, feed.position()).await;
            }
            let now = events[feed.position() as usize - 1].recorded_at;
            for copy in &mut eager {
                copy.synchronise(&models, now, None).await;
            }
            for copy in &mut shaky {
                copy.synchronise(&models, now, breaks_after).await;
            }
        }
        let now = events[events.len() - 1].recorded_at;
        for (index, user) in users.iter().enumerate() {
            let sight = Sight::of(&database.client().await, *user).await;
            // A user who is gone has no device any more.
            let Some(sight) = sight else { continue };
            let mut late = Copy::of(*user);
            late.synchronise(&models, now, None).await;
            late.assert_shows(&sight, "a device that comes late");
            eager[index].assert_shows(&sight, "a device that comes often");
            shaky[index].synchronise(&models, now, None).await;
            shaky[index].assert_shows(&sight, "a device that breaks off");
        }
    });
}

#[test]
fn a_device_that_has_everything_is_sent_nothing() {
    check(CASES / 2, histories(), async |history| {
        let database = Database::create().await;
        crate::support::apply_all(&database, MemoryFeed::of(&history.as_it_was())).await;
        let models = database.questions();
        for account in models.identity().accounts(true).await.expect("answers") {
            let mut copy = Copy::of(account.id);
            copy.synchronise(&models, Utc::now(), None).await;
            let again = copy.synchronise(&models, Utc::now(), None).await;
            assert_eq!(again, [EntityType::SyncCompleteV1], "nothing but the end");
        }
    });
}

#[test]
fn acknowledgements_are_kept_for_a_session_by_type() {
    block_on(async {
        let database = Database::create().await;
        crate::support::apply_all(&database, MemoryFeed::of(&[])).await;
        let models = database.questions();
        let checkpoints = models.sync().checkpoints();
        let (mine, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let acks = |change| {
            let of = |entity| (entity, Ack::up_to(entity, change).text(0));
            [of(EntityType::AssetV2), of(EntityType::UserV1)].into_iter().collect()
        };
        checkpoints.change(mine, CheckpointChange::Set(&acks(1))).await.expect("notes");
        checkpoints.change(other, CheckpointChange::Set(&acks(2))).await.expect("notes");
        checkpoints.change(mine, CheckpointChange::Set(&acks(3))).await.expect("notes");
        assert_eq!(checkpoints.of(mine).await.expect("answers"), acks(3));
        checkpoints.change(mine, CheckpointChange::Forget(&[EntityType::AssetV2])).await.expect("forgets");
        let left: Vec<EntityType> = checkpoints.of(mine).await.expect("answers").into_keys().collect();
        assert_eq!(left, [EntityType::UserV1]);
        checkpoints.change(mine, CheckpointChange::ForgetAll).await.expect("forgets");
        assert!(checkpoints.of(mine).await.expect("answers").is_empty());
        assert_eq!(checkpoints.of(other).await.expect("answers"), acks(2));
        // No such session is known, and what was told a moment ago stays.
        checkpoints.forget_ended().await.expect("forgets");
        assert_eq!(checkpoints.of(other).await.expect("answers"), acks(2));
        let old = "UPDATE devices.sync_checkpoint SET updated_at = now() - interval '2 hours'";
        database.client().await.execute(old, &[]).await.expect("ages");
        checkpoints.forget_ended().await.expect("forgets");
        assert!(checkpoints.of(other).await.expect("answers").is_empty());
    });
}

#[test]
fn who_was_away_for_too_long_begins_again() {
    block_on(async {
        let database = Database::create().await;
        let models = database.questions();
        // The read models have to be somewhere.
        crate::support::apply_all(&database, MemoryFeed::of(&[])).await;
        let (now, session) = (Utc::now(), Uuid::from_u128(1));
        let ack =
            |entity, age: TimeDelta, change| (entity, Ack::up_to(entity, change).text((now - age).timestamp_millis()));
        let begins_with = async |acks: Vec<(EntityType, String)>, reset_pending: bool| {
            let acks = acks.into_iter().collect();
            models.sync().checkpoints().change(session, CheckpointChange::Set(&acks)).await.expect("notes");
            let device = Device { user: Uuid::from_u128(9), session, reset_pending };
            let beginning = models.begin_sync(device, &[RequestType::AssetsV2], now).await.expect("begins");
            matches!(beginning, Beginning::Stream(_))
        };
        let (longest, longer) = (TimeDelta::days(30), TimeDelta::days(30) + TimeDelta::seconds(1));
        assert!(begins_with(Vec::new(), false).await, "who has nothing was not away");
        assert!(begins_with(vec![ack(EntityType::UserV1, longest, 0)], false).await, "nor who has begun since");
        let parts = vec![ack(EntityType::UserV1, longer, 0), ack(EntityType::AssetV2, TimeDelta::zero(), 0)];
        assert!(!begins_with(parts, false).await, "what never was complete is as old as its oldest part");
        let begins = async |age: TimeDelta, change: i64, reset_pending: bool| {
            begins_with(vec![ack(EntityType::SyncCompleteV1, age, change)], reset_pending).await
        };
        assert!(begins(longest, 0, false).await, "thirty days are not too long");
        assert!(!begins(longer, 0, false).await, "more are");
        assert!(!begins(TimeDelta::zero(), 0, true).await, "it was told to");
        assert!(!begins(TimeDelta::zero(), 5 << 20, false).await, "the log was taken back to before that");
    });
}
