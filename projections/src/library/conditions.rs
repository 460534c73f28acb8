//! Conditions on assets that clients put together themselves: each is a field and what is asked of it.

use chrono::{DateTime, Utc};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{folding::folded, search::Question};
use crate::tags::WITH_TAG;

/// All of the first hold, and one of the groups, where there are any.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conditions {
    /// All of these hold.
    pub all: Vec<Condition>,
    /// Of one of these groups all hold.
    pub groups: Vec<Vec<Condition>>,
}

/// A field and what is asked of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Of an asset.
    pub field: Field,
    /// What is asked of it.
    pub test: Test,
}

/// What can be asked about an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Its id.
    Id,
    /// `image`, `video`, `audio` or `other`.
    Kind,
    /// `timeline`, `archive`, `hidden` or `locked`.
    Visibility,
    /// Whether its owner marked it.
    Favorite,
    /// Whether it has a moving half.
    Motion,
    /// When it was uploaded.
    CreatedAt,
    /// When it last changed.
    UpdatedAt,
    /// When it was taken.
    TakenAt,
    /// When it went into the trash.
    TrashedAt,
    /// Where it was taken.
    City,
    /// Where it was taken.
    State,
    /// Where it was taken.
    Country,
    /// By what.
    Make,
    /// By what.
    Model,
    /// Through what.
    LensModel,
    /// Stars.
    Rating,
    /// What its owner says of it.
    Description,
    /// As its owner knows it.
    FileName,
    /// Where the original lies.
    Path,
    /// Length of the original.
    SizeBytes,
    /// SHA-1 of the original.
    Checksum,
    /// The albums it is in.
    Albums,
    /// The persons on it.
    Persons,
    /// The tags it carries, and those above them.
    Tags,
    /// What is written in the picture. Texts are another read model's: whoever asks has to put the assets it finds
    /// in the condition's place, without which nothing fits.
    Text,
    /// What no asset has yet.
    Nothing,
}

/// What is asked of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// It is this, or there is none.
    Is(Option<Value>),
    /// It is not this, or there is one. What is not there is not this.
    IsNot(Option<Value>),
    /// It is one of these.
    In(Values),
    /// It is none of these.
    NotIn(Values),
    /// It is before this.
    Less(Value),
    /// It is this or before.
    AtMost(Value),
    /// It is after this.
    Greater(Value),
    /// It is this or after.
    AtLeast(Value),
    /// It contains this, in any case and with any accents.
    Like(String),
    /// It does not.
    NotLike(String),
    /// It begins with this, in any case and with any accents.
    Begins(String),
    /// It ends with this, in any case and with any accents.
    Ends(String),
    /// It holds, or does not; of several things: there are any, or none.
    Holds(bool),
    /// With all of these; none restrict nothing.
    All(Vec<Uuid>),
    /// With one of these at least; none restrict nothing.
    Any(Vec<Uuid>),
    /// With none of these.
    NoneOf(Vec<Uuid>),
}

/// A value to compare with.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// An id.
    Id(Uuid),
    /// A whole number.
    Integer(i64),
    /// A point in time.
    Instant(DateTime<Utc>),
}

/// Values to compare with.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Texts.
    Texts(Vec<String>),
    /// Bytes.
    Bytes(Vec<Vec<u8>>),
    /// Whole numbers.
    Integers(Vec<i64>),
    /// Ids.
    Ids(Vec<Uuid>),
}

impl Value {
    fn as_sql(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Text(value) => value,
            Self::Bytes(value) => value,
            Self::Id(value) => value,
            Self::Integer(value) => value,
            Self::Instant(value) => value,
        }
    }
}

impl Values {
    fn as_sql(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Texts(values) => values,
            Self::Bytes(values) => values,
            Self::Integers(values) => values,
            Self::Ids(values) => values,
        }
    }
}

impl Field {
    /// The column, or what stands for it.
    const fn column(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Kind => "kind",
            Self::Visibility => "visibility",
            Self::Favorite => "favorite",
            Self::Motion => "(live_photo_video_id IS NOT NULL)",
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
            Self::TakenAt => "taken_at",
            Self::TrashedAt => "trashed_at",
            Self::City => "city",
            Self::State => "state",
            Self::Country => "country",
            Self::Make => "make",
            Self::Model => "model",
            Self::LensModel => "lens_model",
            Self::Rating => "rating::bigint",
            Self::Description => "description",
            Self::FileName => "file_name",
            Self::Path => "path",
            Self::SizeBytes => "size_bytes",
            Self::Checksum => "checksum",
            Self::Albums => "EXISTS (SELECT FROM albums.album_asset AS link WHERE link.asset_id = asset.id)",
            Self::Persons => {
                "EXISTS (SELECT FROM people.face WHERE face.asset_id = asset.id AND face.removed_at IS NULL
                         AND face.person_id IS NOT NULL)"
            }
            Self::Tags => "EXISTS (SELECT FROM tags.asset_tag AS label WHERE label.asset_id = asset.id)",
            Self::Text | Self::Nothing => "NULL",
        }
    }

    /// The column as clients know it: to the thousandth of a second.
    const fn shown_column(self) -> &'static str {
        match self {
            Self::CreatedAt => "date_trunc('milliseconds', created_at)",
            Self::UpdatedAt => "date_trunc('milliseconds', updated_at)",
            Self::TakenAt => "date_trunc('milliseconds', taken_at)",
            Self::TrashedAt => "date_trunc('milliseconds', trashed_at)",
            _ => self.column(),
        }
    }

    /// The column without accents and in lower case.
    const fn folded_column(self) -> &'static str {
        match self {
            Self::Description => "description_folded",
            Self::FileName => "file_name_folded",
            Self::Path => "lower(path)",
            _ => self.column(),
        }
    }

    /// Assets with one of the things whose ids stand for `?`.
    const fn with_any(self) -> &'static str {
        match self {
            Self::Albums => "id IN (SELECT asset_id FROM albums.album_asset WHERE album_id = ANY(?))",
            Self::Persons => "id IN (SELECT asset_id FROM people.face WHERE person_id = ANY(?) AND removed_at IS NULL)",
            _ => "false",
        }
    }

    /// Assets with the one thing whose id stands for `?`.
    const fn with_one(self) -> &'static str {
        match self {
            Self::Albums => "id IN (SELECT asset_id FROM albums.album_asset WHERE album_id = ?)",
            Self::Persons => "id IN (SELECT asset_id FROM people.face WHERE person_id = ? AND removed_at IS NULL)",
            Self::Tags => WITH_TAG,
            _ => "false",
        }
    }
}

impl Conditions {
    /// Adds them to a query.
    pub(super) fn add_to<'a>(&'a self, query: &mut Question<'a>) {
        for condition in &self.all {
            let clause = condition.clause(query);
            query.and_clause(&clause);
        }
        if self.groups.is_empty() {
            return;
        }
        let groups: Vec<String> = self.groups.iter().map(|group| all_of(group, query)).collect();
        query.and_clause(&format!("({})", groups.join(" OR ")));
    }

    /// The texts, as they are searched, that every asset has in its description or its name.
    pub(super) fn contained(&self, field: Field) -> impl Iterator<Item = String> {
        self.all.iter().filter(move |condition| condition.field == field).filter_map(|condition| {
            match &condition.test {
                Test::Like(text) => Some(folded(text)),
                _ => None,
            }
        })
    }

    /// Whether nothing is asked but that texts contain something.
    pub(super) fn are_parts_of_texts(&self) -> bool {
        let is_part = |condition: &Condition| {
            matches!(condition.test, Test::Like(_))
                && matches!(condition.field, Field::Description | Field::FileName | Field::Path)
        };
        self.groups.is_empty() && self.all.iter().all(is_part)
    }

    /// All conditions, of groups too.
    pub fn each(&self) -> impl Iterator<Item = &Condition> {
        self.all.iter().chain(self.groups.iter().flatten())
    }

    /// All conditions, of groups too, to be changed.
    pub fn each_mut(&mut self) -> impl Iterator<Item = &mut Condition> {
        self.all.iter_mut().chain(self.groups.iter_mut().flatten())
    }
}

/// A group without conditions restricts nothing.
fn all_of<'a>(group: &'a [Condition], query: &mut Question<'a>) -> String {
    let clauses: Vec<String> = group.iter().map(|condition| condition.clause(query)).collect();
    if clauses.is_empty() { "true".to_owned() } else { format!("({})", clauses.join(" AND ")) }
}

impl Condition {
    fn clause<'a>(&'a self, query: &mut Question<'a>) -> String {
        let (column, shown) = (self.field.column(), self.field.shown_column());
        match &self.test {
            Test::Is(None) => format!("{column} IS NULL"),
            Test::IsNot(None) => format!("{column} IS NOT NULL"),
            // Of what no asset has, nothing can be said that a database could read.
            _ if matches!(self.field, Field::Text | Field::Nothing) => self.of_nothing(),
            Test::Is(Some(value)) => query.clause(&format!("{shown} = ?"), value.as_sql()),
            Test::IsNot(Some(value)) => query.clause(&format!("{shown} IS DISTINCT FROM ?"), value.as_sql()),
            Test::In(values) => query.clause(&format!("{column} = ANY(?)"), values.as_sql()),
            Test::NotIn(values) => query.clause(&format!("({column} IS NULL OR {column} <> ALL(?))"), values.as_sql()),
            Test::Less(value) => query.clause(&format!("{column} < ?"), value.as_sql()),
            Test::AtMost(value) => query.clause(&format!("{column} <= ?"), value.as_sql()),
            Test::Greater(value) => query.clause(&format!("{column} > ?"), value.as_sql()),
            Test::AtLeast(value) => query.clause(&format!("{column} >= ?"), value.as_sql()),
            Test::Like(text) => self.folded_clause("{} LIKE '%' || ? || '%'", text, query),
            Test::NotLike(text) => self.folded_clause("{} NOT LIKE '%' || ? || '%'", text, query),
            Test::Begins(text) => self.folded_clause("starts_with({}, ?::text)", text, query),
            Test::Ends(text) => self.folded_clause("right({}, length(?::text)) = ?::text", text, query),
            Test::Holds(holds) => query.clause(&format!("{column} = ?"), holds),
            Test::All(ids) => self.each_of(ids, " AND ", query),
            Test::Any(ids) | Test::NoneOf(ids) if ids.is_empty() => "true".to_owned(),
            Test::Any(ids) => self.any_of(ids, query),
            Test::NoneOf(ids) => format!("NOT {}", self.any_of(ids, query)),
        }
    }

    fn of_nothing(&self) -> String {
        let fits = matches!(
            &self.test,
            Test::IsNot(_) | Test::NotIn(_) | Test::NotLike(_) | Test::Holds(false) | Test::NoneOf(_)
        );
        fits.to_string()
    }

    fn folded_clause<'a>(&self, form: &str, text: &'a String, query: &mut Question<'a>) -> String {
        query.clause(&form.replace("{}", self.field.folded_column()), text)
    }

    fn each_of<'a>(&self, ids: &'a [Uuid], joined_by: &str, query: &mut Question<'a>) -> String {
        let clauses: Vec<String> = ids.iter().map(|id| query.clause(self.field.with_one(), id)).collect();
        if clauses.is_empty() { "true".to_owned() } else { format!("({})", clauses.join(joined_by)) }
    }

    fn any_of<'a>(&self, ids: &'a Vec<Uuid>, query: &mut Question<'a>) -> String {
        // A tag means those below it too, so each is a question of its own.
        if self.field == Field::Tags {
            return self.each_of(ids, " OR ", query);
        }
        format!("({})", query.clause(self.field.with_any(), ids))
    }
}

impl Condition {
    /// The same in the words of the columns that are searched.
    pub(super) fn folded(mut self) -> Self {
        match &mut self.test {
            Test::Like(text) | Test::NotLike(text) | Test::Begins(text) | Test::Ends(text) => *text = folded(text),
            _ => {}
        }
        self
    }
}

impl Conditions {
    /// The same in the words of the columns that are searched.
    pub(super) fn folded(&self) -> Self {
        let folded = |conditions: &[Condition]| conditions.iter().cloned().map(Condition::folded).collect();
        Self { all: folded(&self.all), groups: self.groups.iter().map(|group| folded(group)).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(conditions: &Conditions) -> String {
        let mut query = Question::starting_with("true");
        conditions.add_to(&mut query);
        query.text().to_owned()
    }

    fn one(field: Field, test: Test) -> Conditions {
        Conditions { all: vec![Condition { field, test }], groups: Vec::new() }
    }

    #[test]
    fn what_is_not_there_is_not_this() {
        let paris = || Value::Text("Paris".into());
        assert_eq!(sql(&one(Field::City, Test::Is(Some(paris())))), "true AND city = $1");
        assert_eq!(sql(&one(Field::City, Test::IsNot(Some(paris())))), "true AND city IS DISTINCT FROM $1");
        assert_eq!(sql(&one(Field::City, Test::Is(None))), "true AND city IS NULL");
        let none_of = Test::NotIn(Values::Texts(Vec::new()));
        assert_eq!(sql(&one(Field::City, none_of)), "true AND (city IS NULL OR city <> ALL($1))");
    }

    #[test]
    fn one_of_the_groups_holds_whole() {
        let rated = |stars| Condition { field: Field::Rating, test: Test::AtLeast(Value::Integer(stars)) };
        let marked = Condition { field: Field::Favorite, test: Test::Holds(true) };
        let conditions = Conditions { all: vec![rated(1)], groups: vec![vec![rated(2), marked], vec![]] };
        let expected = "true AND rating::bigint >= $1 AND ((rating::bigint >= $2 AND favorite = $3) OR true)";
        assert_eq!(sql(&conditions), expected);
    }

    #[test]
    fn no_ids_restrict_nothing_and_what_nobody_has_fits_its_absence_only() {
        for test in [Test::All(Vec::new()), Test::Any(Vec::new()), Test::NoneOf(Vec::new())] {
            assert_eq!(sql(&one(Field::Persons, test)), "true AND true");
        }
        assert_eq!(sql(&one(Field::Nothing, Test::Holds(true))), "true AND false");
        assert_eq!(sql(&one(Field::Nothing, Test::Holds(false))), "true AND true");
        assert_eq!(sql(&one(Field::Nothing, Test::Is(None))), "true AND NULL IS NULL");
    }

    #[test]
    fn a_text_fits_the_assets_that_were_found_by_it() {
        assert_eq!(sql(&one(Field::Text, Test::Like("menu".into()))), "true AND false");
        let found = Test::In(Values::Ids(vec![Uuid::from_u128(1)]));
        assert_eq!(sql(&one(Field::Id, found)), "true AND id = ANY($1)");
    }
}
