//! What the one duplicate that stays takes over from the others.

use albumen_domain::asset::{Edit, LocatedPosition, Place, Position, RatingEdit};
use albumen_projections::library::AssetRow;

use crate::dto::assets::AssetVisibility;

/// What of an asset is taken over.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts<'a> {
    favorite: bool,
    visibility: &'a str,
    rating: Option<i16>,
    description: &'a str,
    position: Option<(f64, f64)>,
    place: Place,
}

impl<'a> Facts<'a> {
    pub(super) fn of(asset: &'a AssetRow) -> Self {
        Self {
            favorite: asset.favorite,
            visibility: &asset.visibility,
            rating: asset.rating,
            description: &asset.description,
            position: asset.latitude.zip(asset.longitude),
            place: Place {
                city: asset.city.clone(),
                state: asset.state.clone(),
                country: asset.country.clone(),
                time_zone: None,
            },
        }
    }
}

/// The changes to the one that stays; what it has already is not changed.
pub(super) fn merged(kept: &Facts<'_>, gone: &[Facts<'_>]) -> Edit {
    let all = || std::iter::once(kept).chain(gone);
    let favorite = all().any(|asset| asset.favorite);
    let visibility = all().map(|asset| asset.visibility).max_by_key(|name| strength(name));
    let rating = all().filter_map(|asset| asset.rating).max();
    let description = description_of(all());
    Edit {
        favorite: Some(favorite).filter(|favorite| *favorite != kept.favorite),
        visibility: visibility
            .filter(|visibility| *visibility != kept.visibility)
            .map(|visibility| AssetVisibility::of(visibility).meant()),
        rating: Some(rating).filter(|rating| *rating != kept.rating).map(|stars| RatingEdit { stars }),
        description: Some(description).filter(|description| *description != kept.description),
        position: position_of(kept, gone),
        ..Edit::default()
    }
}

/// What somebody hid stays hidden.
fn strength(visibility: &str) -> u8 {
    match visibility {
        "locked" => 2,
        "archive" => 1,
        _ => 0,
    }
}

/// Every line once.
fn description_of<'a>(assets: impl Iterator<Item = &'a Facts<'a>>) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in assets.flat_map(|asset| asset.description.lines()).map(str::trim) {
        if !line.is_empty() && !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.join("\n")
}

/// The place of the others, where all who know one know the same.
fn position_of(kept: &Facts<'_>, gone: &[Facts<'_>]) -> Option<LocatedPosition> {
    if kept.position.is_some() {
        return None;
    }
    let mut located = gone.iter().filter_map(|asset| Some((asset, asset.position?)));
    let (asset, position) = located.next()?;
    if located.any(|(_, other)| other != position) {
        return None;
    }
    let position = Position { latitude: position.0, longitude: position.1 };
    Some(LocatedPosition { position, place: asset.place.clone() })
}

#[cfg(test)]
mod tests {
    use albumen_domain::asset::Visibility;

    use super::*;

    const PLAIN: Facts<'static> = Facts {
        favorite: false,
        visibility: "timeline",
        rating: None,
        description: "",
        position: None,
        place: Place { city: None, state: None, country: None, time_zone: None },
    };

    #[test]
    fn nothing_new_changes_nothing() {
        assert_eq!(merged(&PLAIN, &[PLAIN]), Edit::default());
    }

    #[test]
    fn the_best_of_each_is_taken_over() {
        let kept = Facts { description: "lake\nsun", rating: Some(2), ..PLAIN };
        let gone =
            Facts { description: " sun \nboat", rating: Some(4), favorite: true, visibility: "archive", ..PLAIN };
        let edit = merged(&kept, &[gone]);
        assert_eq!(edit.description.as_deref(), Some("lake\nsun\nboat"));
        assert_eq!((edit.favorite, edit.visibility), (Some(true), Some(Visibility::Archive)));
        assert_eq!(edit.rating, Some(RatingEdit { stars: Some(4) }));
    }

    #[test]
    fn a_place_is_taken_over_when_it_is_the_only_one() {
        let at = |latitude| Facts { position: Some((latitude, 8.0)), ..PLAIN };
        let found = merged(&PLAIN, &[at(47.0), PLAIN, at(47.0)]).position.map(|found| found.position.latitude);
        assert_eq!(found, Some(47.0));
        assert_eq!(merged(&PLAIN, &[at(47.0), at(48.0)]).position, None);
        assert_eq!(merged(&at(46.0), &[at(47.0)]).position, None);
    }
}
