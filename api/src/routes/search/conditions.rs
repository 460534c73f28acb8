//! From the filter that clients of version 3.2 put together to conditions on assets.

use albumen_projections::library::{Condition, Conditions, Field, Test, Value, Values};
use chrono::{DurationRound as _, TimeDelta};
use uuid::Uuid;

use crate::{
    app::App,
    dto::{
        assets::{AssetTypeEnum, AssetVisibility},
        search_filter::{
            BoolFilter, DateFilter, DateFilterNullable, EnumFilterAssetType, EnumFilterAssetVisibility, IdFilter,
            IdFilterNullable, IdsFilter, NumberFilter, NumberFilterNullable, SearchFilter, SearchFilterBranch,
            StringFilter, StringFilterNullable, StringPatternFilter, StringSimilarityFilter,
        },
        wire::{Maybe, WireDateTime},
    },
    routes::{asset_response::below_root, uploads::Sha1Sum},
};

/// What clients see of an instant.
pub const SHOWN: TimeDelta = TimeDelta::milliseconds(1);

/// The conditions of a filter.
pub fn conditions(app: &App, filter: SearchFilter) -> Conditions {
    let (branch, branches) = filter.split();
    let all = of_branch(app, branch);
    Conditions { all, groups: branches.into_iter().map(|branch| of_branch(app, branch)).collect() }
}

/// Every album that the conditions name, and those that every asset that fits is in one of.
pub fn albums(conditions: &Conditions) -> (Vec<Uuid>, Vec<Uuid>) {
    let named = ids(conditions.each(), Field::Albums, true);
    (named, ids(conditions.all.iter(), Field::Albums, false))
}

/// The things of a kind that conditions name, where it is asked for with those that must not be there.
pub fn ids<'a>(conditions: impl Iterator<Item = &'a Condition>, field: Field, with_none_of: bool) -> Vec<Uuid> {
    let of_field = conditions.filter(|condition| condition.field == field);
    let named = of_field.flat_map(|condition| match &condition.test {
        Test::All(ids) | Test::Any(ids) => ids.clone(),
        Test::NoneOf(ids) if with_none_of => ids.clone(),
        _ => Vec::new(),
    });
    named.collect()
}

/// Whether something is asked about a field.
pub fn mentions(conditions: &Conditions, field: Field) -> bool {
    conditions.each().any(|condition| condition.field == field)
}

/// Whether locked assets are asked for by name.
pub fn names_locked(conditions: &Conditions) -> bool {
    let is_locked = |value: &String| value == AssetVisibility::Locked.meant().as_str();
    conditions.each().filter(|condition| condition.field == Field::Visibility).any(|condition| match &condition.test {
        Test::Is(Some(Value::Text(value))) => is_locked(value),
        Test::In(Values::Texts(values)) => values.iter().any(is_locked),
        _ => false,
    })
}

/// Whether whoever comes by a link may ask this: not what owners like, whom they see, or what a link hides.
pub fn suits_links(conditions: &Conditions) -> bool {
    let is_open = |field| {
        matches!(
            field,
            Field::Id
                | Field::Kind
                | Field::Visibility
                | Field::Motion
                | Field::TakenAt
                | Field::CreatedAt
                | Field::Albums
        )
    };
    conditions.each().all(|condition| is_open(condition.field))
}

fn of_branch(app: &App, branch: SearchFilterBranch) -> Vec<Condition> {
    let mut found = Gathered::default();
    found.add(Field::Albums, branch.album_ids.map(of_ids));
    found.add(Field::Persons, branch.person_ids.map(of_ids));
    found.add(Field::Tags, branch.tag_ids.map(of_ids));
    found.add(Field::Albums, branch.has_albums.map(holds));
    found.add(Field::Persons, branch.has_people.map(holds));
    found.add(Field::Tags, branch.has_tags.map(holds));
    found.add(Field::Favorite, branch.is_favorite.map(holds));
    found.add(Field::Motion, branch.is_motion.map(holds));
    // No asset is encoded, offline or of a library, as long as nothing makes it so.
    found.add(Field::Nothing, branch.is_encoded.map(holds));
    found.add(Field::Nothing, branch.is_offline.map(holds));
    found.add(Field::Nothing, branch.library_id.map(of_id_or_none));
    found.add(Field::Nothing, branch.encoded_video_path.map(of_text));
    found.add(Field::Text, branch.ocr.map(of_likeness));
    found.add(Field::Id, branch.id.map(of_id));
    found.add(Field::Kind, branch.kind.map(of_kind));
    found.add(Field::Visibility, branch.visibility.map(of_visibility));
    found.add(Field::Checksum, branch.checksum.map(of_checksum));
    found.add(Field::City, branch.city.map(of_text_or_none));
    found.add(Field::State, branch.state.map(of_text_or_none));
    found.add(Field::Country, branch.country.map(of_text_or_none));
    found.add(Field::Make, branch.make.map(of_text_or_none));
    found.add(Field::Model, branch.model.map(of_text_or_none));
    found.add(Field::LensModel, branch.lens_model.map(of_text_or_none));
    found.add(Field::Description, branch.description.map(|filter| of_pattern(filter, &|text| text)));
    found.add(Field::FileName, branch.original_file_name.map(|filter| of_pattern(filter, &|text| text)));
    let below = |path: String| below_root(app, &path).to_owned();
    found.add(Field::Path, branch.original_path.map(|filter| of_pattern(filter, &below)));
    found.add(Field::Rating, branch.rating.map(of_number_or_none));
    found.add(Field::SizeBytes, branch.file_size_in_bytes.map(of_number));
    found.add(Field::CreatedAt, branch.created_at.map(of_date));
    found.add(Field::UpdatedAt, branch.updated_at.map(of_date));
    found.add(Field::TakenAt, branch.taken_at.map(of_date));
    found.add(Field::TrashedAt, branch.trashed_at.map(of_date_or_none));
    found.0
}

#[derive(Default)]
struct Gathered(Vec<Condition>);

impl Gathered {
    fn add(&mut self, field: Field, tests: Option<Vec<Test>>) {
        self.0.extend(tests.into_iter().flatten().map(|test| Condition { field, test }));
    }
}

fn holds(filter: BoolFilter) -> Vec<Test> {
    vec![Test::Holds(filter.eq)]
}

fn of_ids(filter: IdsFilter) -> Vec<Test> {
    let tests = [filter.all.map(Test::All), filter.any.map(Test::Any), filter.none.map(Test::NoneOf)];
    tests.into_iter().flatten().collect()
}

fn of_id(filter: IdFilter) -> Vec<Test> {
    equality(filter.eq.map(Some), filter.ne.map(Some), Value::Id)
}

fn of_id_or_none(filter: IdFilterNullable) -> Vec<Test> {
    equality(filter.eq, filter.ne, Value::Id)
}

fn of_text(filter: StringFilter) -> Vec<Test> {
    let mut tests = equality(filter.eq.map(Some), filter.ne.map(Some), Value::Text);
    tests.extend(membership(filter.r#in, filter.not_in, Values::Texts));
    tests
}

fn of_text_or_none(filter: StringFilterNullable) -> Vec<Test> {
    let mut tests = equality(filter.eq, filter.ne, Value::Text);
    tests.extend(membership(filter.r#in, filter.not_in, Values::Texts));
    tests
}

/// A description that is empty is none; as clients know it, there is none where nobody wrote one.
fn of_pattern(filter: StringPatternFilter, stored: &dyn Fn(String) -> String) -> Vec<Test> {
    let text = |text: Maybe<String>| text.map(|text| Some(text.map(stored).unwrap_or_default()));
    let texts = |texts: Option<Vec<String>>| texts.map(|texts| texts.into_iter().map(stored).collect());
    let mut tests = equality(text(filter.eq), text(filter.ne), Value::Text);
    tests.extend(membership(texts(filter.r#in), texts(filter.not_in), Values::Texts));
    tests.extend(filter.like.map(stored).map(Test::Like));
    tests.extend(filter.not_like.map(stored).map(Test::NotLike));
    tests.extend(filter.starts_with.map(stored).map(Test::Begins));
    tests.extend(filter.ends_with.map(Test::Ends));
    tests
}

/// A text without words restricts nothing, as where it is asked for in the words of version 3.1.
fn of_likeness(filter: StringSimilarityFilter) -> Vec<Test> {
    let words = filter.matches.trim();
    if words.is_empty() { Vec::new() } else { vec![Test::Like(words.to_owned())] }
}

/// What is no checksum is that of nothing.
fn of_checksum(filter: StringFilter) -> Vec<Test> {
    let bytes = |text: String| Sha1Sum::parse(&text).map(Sha1Sum::to_vec).unwrap_or_default();
    let many = |texts: Option<Vec<String>>| texts.map(|texts| texts.into_iter().map(bytes).collect());
    let one = |text: Option<String>| text.map(bytes).map(Some);
    let mut tests = equality(one(filter.eq), one(filter.ne), Value::Bytes);
    tests.extend(membership(many(filter.r#in), many(filter.not_in), Values::Bytes));
    tests
}

fn of_kind(filter: EnumFilterAssetType) -> Vec<Test> {
    let stored = |kind: AssetTypeEnum| kind.stored().to_owned();
    let many = |kinds: Option<Vec<AssetTypeEnum>>| kinds.map(|kinds| kinds.into_iter().map(stored).collect());
    let mut tests = equality(filter.eq.map(stored).map(Some), filter.ne.map(stored).map(Some), Value::Text);
    tests.extend(membership(many(filter.r#in), many(filter.not_in), Values::Texts));
    tests
}

fn of_visibility(filter: EnumFilterAssetVisibility) -> Vec<Test> {
    let stored = |visibility: AssetVisibility| visibility.meant().as_str().to_owned();
    let many = |found: Option<Vec<AssetVisibility>>| found.map(|found| found.into_iter().map(stored).collect());
    let mut tests = equality(filter.eq.map(stored).map(Some), filter.ne.map(stored).map(Some), Value::Text);
    tests.extend(membership(many(filter.r#in), many(filter.not_in), Values::Texts));
    tests
}

fn of_number(filter: NumberFilter) -> Vec<Test> {
    of_number_or_none(NumberFilterNullable {
        eq: filter.eq.map(Some),
        gt: filter.gt,
        gte: filter.gte,
        r#in: filter.r#in,
        lt: filter.lt,
        lte: filter.lte,
        ne: filter.ne.map(Some),
        not_in: filter.not_in,
    })
}

fn of_number_or_none(filter: NumberFilterNullable) -> Vec<Test> {
    let mut tests = equality(filter.eq, filter.ne, Value::Integer);
    tests.extend(membership(filter.r#in, filter.not_in, Values::Integers));
    tests.extend(filter.gt.map(Value::Integer).map(Test::Greater));
    tests.extend(filter.gte.map(Value::Integer).map(Test::AtLeast));
    tests.extend(filter.lt.map(Value::Integer).map(Test::Less));
    tests.extend(filter.lte.map(Value::Integer).map(Test::AtMost));
    tests
}

fn of_date(filter: DateFilter) -> Vec<Test> {
    of_date_or_none(DateFilterNullable {
        eq: filter.eq.map(Some),
        gt: filter.gt,
        gte: filter.gte,
        lt: filter.lt,
        lte: filter.lte,
        ne: filter.ne.map(Some),
    })
}

/// Clients know thousandths of seconds: after one of them is from the next on.
fn of_date_or_none(filter: DateFilterNullable) -> Vec<Test> {
    let shown = |time: WireDateTime| time.0.duration_trunc(SHOWN).unwrap_or(time.0);
    let known = |time: Maybe<WireDateTime>| time.map(|time| time.map(shown));
    let mut tests = equality(known(filter.eq), known(filter.ne), Value::Instant);
    tests.extend(filter.gt.map(|time| Test::AtLeast(Value::Instant(shown(time) + SHOWN))));
    tests.extend(filter.gte.map(|time| Test::AtLeast(Value::Instant(shown(time)))));
    tests.extend(filter.lt.map(|time| Test::Less(Value::Instant(shown(time)))));
    tests.extend(filter.lte.map(|time| Test::Less(Value::Instant(shown(time) + SHOWN))));
    tests
}

fn equality<T>(eq: Maybe<T>, ne: Maybe<T>, value: fn(T) -> Value) -> Vec<Test> {
    let is = eq.map(|eq| Test::Is(eq.map(value)));
    is.into_iter().chain(ne.map(|ne| Test::IsNot(ne.map(value)))).collect()
}

fn membership<T>(of: Option<Vec<T>>, not_of: Option<Vec<T>>, values: fn(Vec<T>) -> Values) -> Vec<Test> {
    let is_of = of.map(|of| Test::In(values(of)));
    is_of.into_iter().chain(not_of.map(|not_of| Test::NotIn(values(not_of)))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn after_an_instant_begins_the_next_that_can_be_told() {
        let filter: DateFilter =
            serde_json::from_value(json!({"gt": "2024-01-31T12:34:56.789Z", "lte": "2024-01-31T12:34:56.789Z"}))
                .expect("a filter");
        let next: WireDateTime = "2024-01-31T12:34:56.790Z".parse().expect("a time");
        let next = Value::Instant(next.0);
        assert_eq!(of_date(filter), [Test::AtLeast(next.clone()), Test::Less(next)]);
    }

    #[test]
    fn null_means_that_there_is_none() {
        let filter: StringFilterNullable =
            serde_json::from_value(json!({"eq": null, "notIn": ["a"]})).expect("a filter");
        assert_eq!(of_text_or_none(filter), [Test::Is(None), Test::NotIn(Values::Texts(vec!["a".into()]))]);
        let filter: StringPatternFilter = serde_json::from_value(json!({"ne": null})).expect("a filter");
        assert_eq!(of_pattern(filter, &|text| text), [Test::IsNot(Some(Value::Text(String::new())))]);
    }

    #[test]
    fn a_text_without_words_is_no_condition() {
        let of = |matches: &str| of_likeness(StringSimilarityFilter { matches: matches.into() });
        assert_eq!(of(" menu "), [Test::Like("menu".into())]);
        assert_eq!(of(" "), []);
    }

    #[test]
    fn links_find_nothing_by_what_they_do_not_show() {
        let one = |field| Conditions { all: vec![Condition { field, test: Test::Holds(true) }], groups: Vec::new() };
        assert!(suits_links(&one(Field::Motion)));
        assert!(!suits_links(&one(Field::Favorite)) && !suits_links(&one(Field::City)));
    }

    #[test]
    fn albums_in_branches_are_named_and_restrict_nothing_by_themselves() {
        let album = |number| Condition { field: Field::Albums, test: Test::Any(vec![Uuid::from_u128(number)]) };
        let conditions = Conditions { all: vec![album(1)], groups: vec![vec![album(2)]] };
        assert_eq!(albums(&conditions), (vec![Uuid::from_u128(1), Uuid::from_u128(2)], vec![Uuid::from_u128(1)]));
    }
}
