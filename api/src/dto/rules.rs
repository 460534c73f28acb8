//! Rules over several fields, which no schema can say.

use super::assets::{AssetBulkUpdateDto, UpdateAssetDto};
use super::map::MapReverseGeocodeQuery;
use super::wire::{Maybe, parse_date_time};
use crate::edge::validate::{Issue, Rules};
use chrono::{DateTime, FixedOffset};

fn rating_is_not_zero(rating: Maybe<i64>) -> Option<Issue> {
    let message = "Rating must be -1 (rejected), 1–5 (starred), or null (unrated); 0 is not valid";
    (rating == Some(Some(0))).then(|| Issue::custom(&["rating"], message))
}

fn coordinates_come_together(latitude: Option<f64>, longitude: Option<f64>) -> Option<Issue> {
    let message = "Latitude and longitude must be provided together";
    (latitude.is_some() != longitude.is_some()).then(|| Issue::custom(&[], message))
}

fn date_has_an_offset(date: Option<&str>) -> Option<Issue> {
    let date = date?;
    parse_date_time(date).is_none().then(|| Issue::invalid_date_time(&["dateTimeOriginal"]))
}

fn one_kind_of_date(change: &AssetBulkUpdateDto) -> Option<Issue> {
    let both = change.date_time_relative.is_some() && change.date_time_original.is_some();
    let message = "dateTimeRelative cannot exist alongside dateTimeOriginal";
    both.then(|| Issue::custom(&["dateTimeRelative"], message))
}

impl Rules for UpdateAssetDto {
    fn rules(&self) -> Vec<Issue> {
        [
            rating_is_not_zero(self.rating),
            coordinates_come_together(self.latitude, self.longitude),
            date_has_an_offset(self.date_time_original.as_deref()),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl Rules for AssetBulkUpdateDto {
    fn rules(&self) -> Vec<Issue> {
        [
            rating_is_not_zero(self.rating),
            coordinates_come_together(self.latitude, self.longitude),
            date_has_an_offset(self.date_time_original.as_deref()),
            one_kind_of_date(self),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

fn is_within(name: &str, degrees: f64, bound: f64) -> Option<Issue> {
    let message = match degrees {
        _ if degrees > bound => format!("Too big: expected number to be <={bound}"),
        _ if degrees < -bound => format!("Too small: expected number to be >=-{bound}"),
        _ => return None,
    };
    Some(Issue::custom(&[name], &message))
}

impl Rules for MapReverseGeocodeQuery {
    fn rules(&self) -> Vec<Issue> {
        [is_within("lat", self.lat, 90.0), is_within("lon", self.lon, 180.0)].into_iter().flatten().collect()
    }
}

impl UpdateAssetDto {
    /// The date of capture with its offset; [`Rules`] have seen to it that it parses.
    pub fn capture_date(&self) -> Option<DateTime<FixedOffset>> {
        self.date_time_original.as_deref().and_then(parse_date_time)
    }
}

impl AssetBulkUpdateDto {
    /// The date of capture with its offset; [`Rules`] have seen to it that it parses.
    pub fn capture_date(&self) -> Option<DateTime<FixedOffset>> {
        self.date_time_original.as_deref().and_then(parse_date_time)
    }
}
