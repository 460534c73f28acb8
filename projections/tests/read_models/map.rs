//! The map and the folders are kept in memory while things happen: what is kept is what the tables say.

use std::sync::Arc;

use albumen_projections::{
    ReadModels,
    library::{MapFilter, MarkerPages, Place},
};
use proptest::collection::vec;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::{
    history::histories,
    support::{Database, MemoryFeed, check, follow_all, reached},
};

const CASES: u32 = 8;

/// A marker, without what numbers cannot be compared by.
type Told = (Uuid, [u64; 2], Place);

async fn told(mut pages: MarkerPages) -> Vec<Told> {
    let mut all = Vec::new();
    loop {
        let page = pages.next_page().await.unwrap();
        if page.is_empty() {
            return all;
        }
        let places: Vec<&Place> = page.places().collect();
        all.extend(page.markers().map(|marker| {
            let position = [marker.latitude, marker.longitude].map(f64::to_bits);
            (marker.id, position, places[marker.place].clone())
        }));
    }
}

/// The same by one question to the tables of assets and albums.
async fn expected(client: &Client, filter: &MapFilter) -> Vec<Told> {
    let owners: Vec<Uuid> = filter.partners.iter().copied().chain([filter.user]).collect();
    let sql = "
        SELECT id, latitude, longitude, city, state, country FROM library.asset
        WHERE status = 'active' AND latitude IS NOT NULL AND longitude IS NOT NULL
          AND ($2::boolean IS NULL OR (favorite AND owner_id = $1) = $2)
          AND (visibility = 'timeline' OR ($3 AND visibility = 'archive' AND owner_id = $1))
          AND (owner_id = ANY($4) OR ($5 AND id IN (
              SELECT link.asset_id FROM albums.album_asset AS link
              JOIN albums.album_user AS mine ON mine.album_id = link.album_id AND mine.user_id = $1
              JOIN albums.album AS album ON album.id = link.album_id
              JOIN identity.person_account AS owner ON owner.id = album.owner_id AND owner.deleted_at IS NULL
          )))
        ORDER BY taken_at DESC, id";
    let MapFilter { user, favorite, with_archive, with_albums, .. } = filter;
    let rows = client.query(sql, &[user, favorite, with_archive, &owners, with_albums]).await.unwrap();
    let told = rows.iter().map(|row| {
        let position = [row.get::<_, f64>(1), row.get(2)].map(f64::to_bits);
        (row.get(0), position, Place { city: row.get(3), state: row.get(4), country: row.get(5) })
    });
    told.collect()
}

fn filters(user: Uuid, partners: &[Uuid]) -> Vec<MapFilter> {
    let own = MapFilter { user, ..MapFilter::default() };
    vec![
        MapFilter { with_archive: true, ..own.clone() },
        MapFilter { favorite: Some(true), with_albums: true, ..own.clone() },
        MapFilter { favorite: Some(false), partners: partners.to_vec(), ..own.clone() },
        MapFilter { with_albums: true, ..own.clone() },
        MapFilter { with_albums: true, partners: partners.to_vec(), with_archive: true, ..own },
    ]
}

async fn folders(models: &ReadModels, owner: Uuid) -> Vec<String> {
    let mut walk = models.library().folders(owner, |folder| folder.as_bytes().to_vec()).await.unwrap();
    let mut all = Vec::new();
    while let Some(folder) = walk.next_folder() {
        all.push(String::from_utf8(folder.to_vec()).unwrap());
    }
    all
}

async fn assert_folders(models: &ReadModels, client: &Client, owner: Uuid) {
    let sql = "SELECT DISTINCT left(path, -strpos(reverse(path), '/')) FROM library.asset
               WHERE owner_id = $1 AND status = 'active' AND visibility = 'timeline'";
    let rows = client.query(sql, &[&owner]).await.unwrap();
    let mut expected: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    expected.sort();
    assert_eq!(folders(models, owner).await, expected);
}

/// Sums that are kept by differences, and what they are the sums of.
const SUMS: [(&str, &str); 4] = [
    (
        "SELECT owner_id, month, markers, digest FROM library.marker_sum",
        "SELECT owner_id, date_trunc('month', taken_at AT TIME ZONE 'UTC')::date, count(*), bit_xor(marker)
         FROM library.asset WHERE marker IS NOT NULL GROUP BY 1, 2",
    ),
    (
        "SELECT owner_id, folder, assets FROM library.folder",
        "SELECT owner_id, left(path, -strpos(reverse(path), '/')), count(*) FROM library.asset
         WHERE status = 'active' AND visibility = 'timeline' GROUP BY 1, 2",
    ),
    (
        "SELECT owner_id, folders, digest FROM library.folder_sum",
        "SELECT owner_id, count(*), bit_xor(id) FROM library.folder GROUP BY 1",
    ),
    (
        "SELECT album_id, owner_id, digest FROM library.album_sum",
        "SELECT link.album_id, asset.owner_id, bit_xor(coalesce(asset.marker, 0))
         FROM library.album_link AS link JOIN library.asset AS asset ON asset.id = link.asset_id
         WHERE asset.status = 'active' AND asset.visibility IN ('timeline', 'archive') GROUP BY 1, 2",
    ),
];

async fn assert_sums(client: &Client) {
    for (kept, drawn) in SUMS {
        for (one, other) in [(kept, drawn), (drawn, kept)] {
            let sql = format!("SELECT count(*) FROM (({one}) EXCEPT ({other})) AS difference");
            let found: i64 = client.query_one(&sql, &[]).await.unwrap().get(0);
            assert_eq!(found, 0, "{sql}");
        }
    }
}

#[test]
fn what_is_kept_is_what_the_tables_say_whatever_happens() {
    check(CASES, (histories(), vec(10..60usize, 1..5)), async |(history, steps)| {
        let database = Database::create().await;
        let feed = Arc::new(MemoryFeed::unpublished(&history.as_it_was()));
        let subscriptions = follow_all(&database, &feed).await;
        let (models, client) = (database.questions(), database.client().await);
        for step in steps.iter().cycle() {
            feed.publish(*step);
            for subscription in &subscriptions {
                reached(subscription, feed.position()).await;
            }
            assert_sums(&client).await;
            let rows = client.query("SELECT DISTINCT owner_id FROM library.asset ORDER BY 1", &[]).await.unwrap();
            let owners: Vec<Uuid> = rows.iter().map(|row| row.get(0)).collect();
            for owner in &owners {
                for filter in filters(*owner, &owners[..owners.len().min(2)]) {
                    let found = told(models.library().markers(filter.clone()).await.unwrap()).await;
                    assert_eq!(found, expected(&client, &filter).await, "{filter:?}");
                }
                assert_folders(&models, &client, *owner).await;
            }
            if feed.position() >= history.last() {
                return;
            }
        }
    });
}
