//! From what clients ask for to the question to the library.

use albumen_projections::library::{Field, MetadataFilter, SortField};
use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use uuid::Uuid;

use super::conditions;
use crate::{
    access::Auth,
    app::App,
    dto::{
        assets::AssetVisibility,
        search::{MetadataSearchDto, SearchOrder, SearchOrderBy, SearchOrderField, SearchSort},
        timeline::AssetOrder,
        wire::WireDateTime,
    },
    edge::ApiError,
    routes::{asset_response::media_root, uploads::Sha1Sum},
};

/// How exactly points in time are kept.
const KEPT: TimeDelta = TimeDelta::microseconds(1);

type Range = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// The question, for one result more than a page of `size` holds, from `offset` on.
pub fn metadata_filter(
    app: &App,
    auth: &Auth,
    body: MetadataSearchDto,
    partners: Vec<Uuid>,
    offset: i64,
    size: i64,
) -> Result<MetadataFilter, ApiError> {
    let conditions = body.filter.clone().map(|filter| conditions::conditions(app, filter)).unwrap_or_default();
    if body.visibility == Some(AssetVisibility::Locked) || conditions::names_locked(&conditions) {
        auth.require_elevation()?;
    }
    let albums = body.album_ids.clone().unwrap_or_default();
    let (_, within) = conditions::albums(&conditions);
    if auth.link().is_some() && albums.is_empty() && within.is_empty() {
        return Err(ApiError::bad_request("Shared link access is only allowed in combination with an albumIds filter"));
    }
    // In an album the assets of all who put some in are found.
    let is_anybodys = !albums.is_empty() || !within.is_empty();
    let checksum = body.checksum.as_deref().map(Sha1Sum::parse);
    let trashed = range(body.trashed_after, body.trashed_before);
    let sees_trash = body.with_deleted == Some(true)
        || body.is_offline == Some(true)
        || trashed.0.is_some()
        || trashed.1.is_some()
        || conditions::mentions(&conditions, Field::TrashedAt);
    let sort = sorts(&body);
    let path = substring(body.original_path.clone());
    let root = media_root(app).unwrap_or_default();
    Ok(MetadataFilter {
        archive_of: (!partners.is_empty()).then(|| auth.user_id()),
        owners: if is_anybodys { Vec::new() } else { partners.into_iter().chain([auth.user_id()]).collect() },
        persons: body.person_ids.clone().unwrap_or_default(),
        tags: body.tag_ids.clone().flatten().unwrap_or_default(),
        untagged: matches!(body.tag_ids, Some(None)),
        unstacked: body.with_stacked == Some(false),
        larger_than: None,
        in_no_album: albums.is_empty() && body.is_not_in_album == Some(true),
        albums,
        trash_of: auth.link().is_none().then(|| auth.user_id()),
        locked_of: auth.is_elevated().then(|| auth.user_id()),
        nothing: names_what_is_not_there(&body)
            || matches!(checksum, Some(None))
            || is_hidden_from(auth, &body)
            || (auth.link().is_some() && !conditions::suits_links(&conditions)),
        within,
        conditions,
        id: body.id,
        among: None,
        kind: body.kind.map(|kind| kind.stored().to_owned()),
        visibility: body.visibility.map(|visibility| visibility.meant().as_str().to_owned()),
        favorite: body.is_favorite,
        motion: body.is_motion,
        with_deleted: sees_trash,
        created: range(body.created_after, body.created_before),
        updated: range(body.updated_after, body.updated_before),
        trashed,
        taken: range(body.taken_after, body.taken_before),
        city: body.city,
        state: body.state,
        country: body.country,
        make: body.make,
        model: body.model,
        lens_model: body.lens_model,
        rating: body.rating.map(|stars| stars.and_then(|stars| i16::try_from(stars).ok())),
        description: substring(body.description),
        file_name: substring(body.original_file_name),
        path_beginnings: path.as_deref().map(|part| beginnings(&root, part)).unwrap_or_default(),
        path,
        checksum: checksum.flatten().map(Sha1Sum::to_vec),
        sort,
        offset,
        limit: size + 1,
    })
}

/// Whether partners can have anything that fits: not what is theirs alone to know.
pub const fn suits_partners(body: &MetadataSearchDto) -> bool {
    !matches!(body.visibility, Some(AssetVisibility::Locked | AssetVisibility::Archive))
}

/// Filters on libraries and encoded videos: none of these exists yet, so nothing fits.
fn names_what_is_not_there(body: &MetadataSearchDto) -> bool {
    let is_given = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
    is_given(&body.encoded_video_path)
        || matches!(body.library_id, Some(Some(_)))
        || body.is_offline == Some(true)
        || body.is_encoded == Some(true)
}

/// What whoever comes by a link cannot find assets by: what their owners like, whom and what they see
/// in them, and where a link hides
/// how they were made, anything of that.
fn is_hidden_from(auth: &Auth, body: &MetadataSearchDto) -> bool {
    let names_places = body.city.is_some() || body.state.is_some() || body.country.is_some();
    let names_camera = body.make.is_some() || body.model.is_some() || body.lens_model.is_some();
    let names_texts = body.description.is_some() || body.original_file_name.is_some() || body.original_path.is_some();
    let names_rest = body.rating.is_some() || body.checksum.is_some();
    let names_persons = body.person_ids.as_ref().is_some_and(|persons| !persons.is_empty());
    (auth.link().is_some() && (body.is_favorite.is_some() || names_persons || body.tag_ids.is_some()))
        || (auth.sees_no_metadata() && (names_places || names_camera || names_texts || names_rest))
}

/// Both bounds are included. Clients know thousandths of seconds, so the last is included to its end.
fn range(after: Option<WireDateTime>, before: Option<WireDateTime>) -> Range {
    let end = |time: DateTime<Utc>| time.duration_trunc(conditions::SHOWN).unwrap_or(time) + conditions::SHOWN - KEPT;
    (after.map(|time| time.0), before.map(|time| end(time.0)))
}

fn substring(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// How the paths below a root begin whose wholes have a part that begins within the root, as patterns.
fn beginnings(root: &str, part: &str) -> Vec<String> {
    let (root, folded) = (root.to_ascii_lowercase(), part.to_ascii_lowercase());
    let ends = folded.char_indices().map(|(at, letter)| at + letter.len_utf8());
    let reaching = ends.filter(|end| root.ends_with(&folded[..*end])).map(|end| format!("{}%", &part[end..]));
    let within = root.contains(&folded).then(|| "%".to_owned());
    reaching.chain(within).collect()
}

fn is_ascending(order: Option<AssetOrder>) -> bool {
    order == Some(AssetOrder::Asc)
}

/// By what in turn, and whether ascending.
fn sorts(body: &MetadataSearchDto) -> Vec<(SortField, bool)> {
    match &body.sort {
        Some(terms) => terms.iter().map(|term| (sort_field(term.field), is_ascending(term.order))).collect(),
        None => vec![sort(body)],
    }
}

/// By what, and whether ascending.
fn sort(body: &MetadataSearchDto) -> (SortField, bool) {
    match body.order_by {
        None => (SortField::TakenAt, is_ascending(body.order)),
        Some(SearchSort::By(by)) => (sort_field(by), is_ascending(body.order)),
        Some(SearchSort::Order(SearchOrder { direction, field })) => {
            (newer_sort_field(field), is_ascending(direction.or(body.order)))
        }
    }
}

const fn sort_field(by: SearchOrderBy) -> SortField {
    match by {
        SearchOrderBy::OriginalFileName => SortField::FileName,
        SearchOrderBy::FileSizeInByte => SortField::FileSize,
        SearchOrderBy::FileCreatedAt => SortField::TakenAt,
    }
}

const fn newer_sort_field(field: Option<SearchOrderField>) -> SortField {
    match field {
        Some(SearchOrderField::LocalDateTime) => SortField::LocalTime,
        Some(SearchOrderField::FileSizeInBytes) => SortField::FileSize,
        Some(SearchOrderField::Rating) => SortField::Rating,
        Some(SearchOrderField::FileCreatedAt) | None => SortField::TakenAt,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_does_not_exist_fits_nothing() {
        let read = |text: &str| serde_json::from_str::<MetadataSearchDto>(text).expect("a search");
        let id = Uuid::new_v4();
        for (text, expected) in [
            ("{}".to_owned(), false),
            (r#"{"personIds":[],"tagIds":[],"ocr":" ","isOffline":false,"libraryId":null}"#.to_owned(), false),
            (r#"{"tagIds":null}"#.to_owned(), false),
            (format!(r#"{{"personIds":["{id}"]}}"#), false),
            (format!(r#"{{"tagIds":["{id}"]}}"#), false),
            (format!(r#"{{"libraryId":"{id}"}}"#), true),
            (r#"{"ocr":"menu"}"#.to_owned(), false),
            (r#"{"isOffline":true}"#.to_owned(), true),
            (r#"{"isEncoded":true}"#.to_owned(), true),
        ] {
            assert_eq!(names_what_is_not_there(&read(&text)), expected, "{text}");
        }
    }

    #[test]
    fn what_is_shown_as_the_bound_is_included() {
        let time = |text: &str| text.parse::<WireDateTime>().expect("a time");
        let (first, last) = (time("2024-01-31T12:34:56.789Z"), time("2024-01-31T12:34:56.789999Z"));
        assert_eq!(range(Some(first), Some(first)), (Some(first.0), Some(last.0)));
        assert_eq!(range(None, Some(last)), (None, Some(last.0)));
        assert_eq!(range(None, None), (None, None));
    }

    #[test]
    fn a_part_of_a_path_can_begin_in_the_root() {
        let root = "/srv/Data/";
        for (part, expected) in [
            ("upload/", vec![]),
            ("/upload/", vec!["upload/%"]),
            ("/SRV/data/Upload/1.jpg", vec!["SRV/data/Upload/1.jpg%", "Upload/1.jpg%"]),
            ("data/ü", vec!["ü%"]),
            ("/srv", vec!["srv%", "%"]),
            ("/srv/upload", vec!["srv/upload%"]),
            ("a/", vec!["%", "%"]),
        ] {
            assert_eq!(beginnings(root, part), expected, "{part}");
        }
        assert_eq!(beginnings("", "upload"), Vec::<String>::new());
    }

    #[test]
    fn partners_have_no_archive_and_nothing_locked() {
        let read = |text: &str| serde_json::from_str::<MetadataSearchDto>(text).expect("a search");
        for (text, expected) in [
            ("{}", true),
            (r#"{"isFavorite":true}"#, true),
            (r#"{"visibility":"timeline"}"#, true),
            (r#"{"visibility":"archive"}"#, false),
            (r#"{"visibility":"locked"}"#, false),
        ] {
            assert_eq!(suits_partners(&read(text)), expected, "{text}");
        }
    }

    #[test]
    fn what_is_sorted_by_several_things_is_sorted_by_nothing_else() {
        let of = |body: Value| sorts(&serde_json::from_value(body).expect("a search"));
        assert_eq!(of(json!({})), [(SortField::TakenAt, false)]);
        assert_eq!(of(json!({"orderBy": "fileSizeInByte", "order": "asc"})), [(SortField::FileSize, true)]);
        let terms = json!([{"field": "originalFileName", "order": "asc"}, {"field": "fileSizeInByte"}]);
        let expected = [(SortField::FileName, true), (SortField::FileSize, false)];
        assert_eq!(of(json!({"sort": terms, "orderBy": "fileCreatedAt"})), expected);
    }

    #[test]
    fn substrings_are_trimmed() {
        assert_eq!(substring(Some(" a b ".into())).as_deref(), Some("a b"));
        assert_eq!(substring(Some("  ".into())), None);
        assert_eq!(substring(None), None);
    }
}
