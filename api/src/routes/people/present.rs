//! How persons look on the wire.

use std::collections::HashMap;

use albumen_projections::people::PersonRow;
use uuid::Uuid;

use crate::{
    access::Auth,
    app::App,
    dto::{assets::AssetResponseDto, people::PersonResponseDto},
    edge::ApiError,
    routes::asset_response::absolute_path,
};

/// A person as their owner sees them.
pub fn person(app: &App, person: PersonRow) -> PersonResponseDto {
    PersonResponseDto {
        birth_date: person.birth_date,
        color: person.color,
        id: person.id,
        is_favorite: Some(person.favorite),
        is_hidden: person.hidden,
        name: person.name,
        thumbnail_path: person.thumbnail_path.map(|path| absolute_path(app, &path)).unwrap_or_default(),
        updated_at: Some(person.updated_at.into()),
    }
}

/// A person who was just made or changed.
pub(super) async fn by_id(app: &App, id: Uuid) -> Result<PersonResponseDto, ApiError> {
    let found = app.reads.people().person(id).await?;
    found.map(|found| person(app, found)).ok_or_else(|| ApiError::bad_request("Person not found"))
}

/// Says who is seen on assets: each their owner's people, and nobody else's.
pub async fn with_people(app: &App, auth: &Auth, assets: &mut [AssetResponseDto]) -> Result<(), ApiError> {
    let own = assets.iter().filter(|asset| auth.is(asset.owner_id));
    let own: Vec<Uuid> = own.map(|asset| asset.id).collect();
    if own.is_empty() {
        return Ok(());
    }
    let mut people: HashMap<Uuid, Vec<PersonResponseDto>> = HashMap::new();
    for seen in app.reads.people().on_assets(auth.user_id(), &own).await? {
        people.entry(seen.asset_id).or_default().push(person(app, seen.person));
    }
    for asset in assets {
        if let Some(people) = people.remove(&asset.id) {
            asset.people = Some(people);
        }
    }
    Ok(())
}
