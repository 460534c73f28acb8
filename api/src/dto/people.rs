//! Wire types of the tag "People".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use chrono::{NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;
use super::parameters::query_parameters;
use super::wire::{Maybe, WireDateTime, maybe};
use crate::edge::validate::{Issue, Rules, no_further_rules};

/// The faces of persons on assets, to be given to another person.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetFaceUpdateDto {
    pub data: Vec<AssetFaceUpdateItem>,
}

/// The faces of a person on an asset.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetFaceUpdateItem {
    #[schema(schema_with = forms::uuid)]
    pub asset_id: Uuid,
    #[schema(schema_with = forms::uuid)]
    pub person_id: Uuid,
}

/// Persons who turn out to be one.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MergePersonDto {
    #[schema(schema_with = forms::uuids)]
    pub ids: Vec<Uuid>,
}

/// A page of the people there are.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PeopleResponseDto {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub has_next_page: Option<bool>,
    #[schema(schema_with = forms::count)]
    pub hidden: i64,
    pub people: Vec<PersonResponseDto>,
    #[schema(schema_with = forms::count)]
    pub total: i64,
}

/// Changes to many persons.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PeopleUpdateDto {
    pub people: Vec<PeopleUpdateItem>,
}

/// Changes to one of many persons.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PeopleUpdateItem {
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_date, required = false)]
    pub birth_date: Maybe<NaiveDate>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_color, required = false)]
    pub color: Maybe<String>,
    #[schema(schema_with = forms::uuid)]
    pub feature_face_asset_id: Option<Uuid>,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    #[schema(nullable = false)]
    pub is_favorite: Option<bool>,
    #[schema(nullable = false)]
    pub is_hidden: Option<bool>,
    #[schema(nullable = false)]
    pub name: Option<String>,
}

/// A new person.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonCreateDto {
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_date, required = false)]
    pub birth_date: Maybe<NaiveDate>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_color, required = false)]
    pub color: Maybe<String>,
    #[schema(nullable = false)]
    pub is_favorite: Option<bool>,
    #[schema(nullable = false)]
    pub is_hidden: Option<bool>,
    #[schema(nullable = false)]
    pub name: Option<String>,
}

/// A person.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonResponseDto {
    #[schema(schema_with = forms::nullable_date, required)]
    pub birth_date: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub color: Option<String>,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub is_favorite: Option<bool>,
    pub is_hidden: bool,
    pub name: String,
    pub thumbnail_path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = forms::date_time)]
    pub updated_at: Option<WireDateTime>,
}

/// How often a person is seen.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonStatisticsResponseDto {
    #[schema(schema_with = forms::integer)]
    pub assets: i64,
}

/// Changes to a person.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonUpdateDto {
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_date, required = false)]
    pub birth_date: Maybe<NaiveDate>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_color, required = false)]
    pub color: Maybe<String>,
    #[schema(schema_with = forms::uuid)]
    pub feature_face_asset_id: Option<Uuid>,
    #[schema(nullable = false)]
    pub is_favorite: Option<bool>,
    #[schema(nullable = false)]
    pub is_hidden: Option<bool>,
    #[schema(nullable = false)]
    pub name: Option<String>,
}

/// Which people to list.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PeopleQuery {
    #[schema(schema_with = forms::uuid)]
    pub closest_asset_id: Option<Uuid>,
    #[schema(schema_with = forms::uuid)]
    pub closest_person_id: Option<Uuid>,
    #[schema(schema_with = forms::first_page)]
    pub page: Option<i64>,
    #[schema(schema_with = forms::people_page_size)]
    pub size: Option<i64>,
    #[schema(nullable = false)]
    pub with_hidden: Option<bool>,
}

query_parameters!(PeopleQuery);

/// The issue where somebody is not born yet.
fn is_born(birth_date: Maybe<NaiveDate>) -> Option<Issue> {
    let is_future = birth_date.flatten().is_some_and(|day| day > Utc::now().date_naive());
    is_future.then(|| Issue::custom(&["birthDate"], "Birth date cannot be in the future"))
}

impl Rules for PersonCreateDto {
    fn rules(&self) -> Vec<Issue> {
        is_born(self.birth_date).into_iter().collect()
    }
}

impl Rules for PersonUpdateDto {
    fn rules(&self) -> Vec<Issue> {
        is_born(self.birth_date).into_iter().collect()
    }
}

impl Rules for PeopleUpdateDto {
    fn rules(&self) -> Vec<Issue> {
        let issue = |(index, item): (usize, &PeopleUpdateItem)| Some(is_born(item.birth_date)?.within("people", index));
        self.people.iter().enumerate().filter_map(issue).collect()
    }
}

no_further_rules!(AssetFaceUpdateDto, MergePersonDto, PeopleQuery);
