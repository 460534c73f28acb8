//! The search by what is known of assets.

use chrono::{DateTime, Utc};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{
    conditions::{Conditions, Field},
    folding::folded,
    grams::{Text, folded_path, wanted},
    queries::LibraryQueries,
    rows::AssetRow,
};
use crate::{
    runtime::{ReadError, TableRow, query_planned_anew},
    tags::{TagQueries, WITH_TAG},
};

/// By what the results are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortField {
    /// Instant of capture.
    #[default]
    TakenAt,
    /// Name of the file.
    FileName,
    /// Length of the original.
    FileSize,
    /// Wall clock at the place of capture.
    LocalTime,
    /// Stars; what has none comes last.
    Rating,
}

/// Which assets are meant. What is absent does not restrict; an inner none means "has none".
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetadataFilter {
    /// Of these users; in albums, none means everybody.
    pub owners: Vec<Uuid>,
    /// In each of these albums; empty for anywhere.
    pub albums: Vec<Uuid>,
    /// In one of these albums at least; empty for anywhere.
    pub within: Vec<Uuid>,
    /// What clients put together themselves.
    pub conditions: Conditions,
    /// Of each of these persons; empty for anybody.
    pub persons: Vec<Uuid>,
    /// With each of these tags, or one below it; empty for any.
    pub tags: Vec<Uuid>,
    /// With none at all.
    pub untagged: bool,
    /// In no stack.
    pub unstacked: bool,
    /// Larger than this.
    pub larger_than: Option<i64>,
    /// In nobody's album.
    pub in_no_album: bool,
    /// Whose trash may be found; none for nobody's.
    pub trash_of: Option<Uuid>,
    /// Whose archive alone may be found; none for everybody's.
    pub archive_of: Option<Uuid>,
    /// Whose locked assets may be found; none for nobody's.
    pub locked_of: Option<Uuid>,
    /// One asset.
    pub id: Option<Uuid>,
    /// None but these.
    pub among: Option<Vec<Uuid>>,
    /// `image`, `video`, `audio` or `other`.
    pub kind: Option<String>,
    /// `timeline`, `archive`, `hidden` or `locked`.
    pub visibility: Option<String>,
    /// Marked by their owners or not.
    pub favorite: Option<bool>,
    /// With or without a moving half.
    pub motion: Option<bool>,
    /// What is in the trash too.
    pub with_deleted: bool,
    /// Bounds of the time of upload, included.
    pub created: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    /// Bounds of the time of the last change, included.
    pub updated: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    /// Bounds of the time it went into the trash, included.
    pub trashed: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    /// Bounds of the time of capture, included.
    pub taken: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    /// Exactly this.
    pub city: Option<Option<String>>,
    /// Exactly this.
    pub state: Option<Option<String>>,
    /// Exactly this.
    pub country: Option<Option<String>>,
    /// Exactly this.
    pub make: Option<Option<String>>,
    /// Exactly this.
    pub model: Option<Option<String>>,
    /// Exactly this.
    pub lens_model: Option<Option<String>>,
    /// Exactly this.
    pub rating: Option<Option<i16>>,
    /// Contains this, in any case and with any accents.
    pub description: Option<String>,
    /// Contains this, in any case and with any accents.
    pub file_name: Option<String>,
    /// Contains this, in any case.
    pub path: Option<String>,
    /// Or is like one of these patterns, each of which is an end of that and whatever follows: what is looked for can
    /// begin in what stands before all paths.
    pub path_beginnings: Vec<String>,
    /// SHA-1 of the original.
    pub checksum: Option<Vec<u8>>,
    /// Nothing can fit: a filter names what this library does not have.
    pub nothing: bool,
    /// Sorted by these in turn, true for ascending; none means the newest capture first.
    pub sort: Vec<(SortField, bool)>,
    /// Results that are passed over.
    pub offset: i64,
    /// Results at most.
    pub limit: i64,
}

/// An album that is named twice is one that nothing is in twice, as clients know it.
const IN_ALL_ALBUMS: &str = "id IN (
        SELECT asset_id FROM albums.album_asset WHERE album_id = ANY($1)
        GROUP BY asset_id HAVING count(*) = cardinality($1::uuid[])
    )";
/// The same holds of persons.
const OF_ALL_PERSONS: &str = "id IN (
        SELECT asset_id FROM people.face WHERE person_id = ANY(?) AND removed_at IS NULL
        GROUP BY asset_id HAVING count(DISTINCT person_id) = cardinality(?::uuid[])
    )";
/// What a search of several owners begins with.
const OF_OWNERS: &str = "owner_id = ANY($1)";
const WITHOUT_TAG: &str = " AND NOT EXISTS (SELECT FROM tags.asset_tag AS label WHERE label.asset_id = asset.id)";
const IN_NO_STACK: &str = " AND NOT EXISTS (SELECT FROM stacks.stack_asset AS layer WHERE layer.asset_id = asset.id)";
/// Candidates; the texts themselves are looked at too.
const HAVING_GRAMS: &str = "id IN (SELECT asset_id FROM library.asset_gram WHERE grams @> ?)";
/// With one of these tags.
const TAGGED: &str = "id IN (SELECT asset_id FROM tags.asset_tag WHERE tag_id = ANY(?))";
/// Whosever they are.
const WITHIN_ALBUMS: &str = "id IN (SELECT asset_id FROM albums.album_asset WHERE album_id = ANY($1))";
const IN_NO_ALBUM: &str = " AND NOT EXISTS (SELECT FROM albums.album_asset AS link WHERE link.asset_id = asset.id)";

/// An odd number without a pattern, which spreads ids.
const SPREAD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;

/// A question that grows, with its parameters: conditions on `library.asset`, whose columns stand without a prefix.
pub(crate) struct Question<'a> {
    pub(crate) sql: String,
    pub(crate) parameters: Vec<&'a (dyn ToSql + Sync)>,
}

impl<'a> Question<'a> {
    #[cfg(test)]
    pub(super) fn starting_with(sql: &str) -> Self {
        Self { sql: sql.to_owned(), parameters: Vec::new() }
    }

    #[cfg(test)]
    pub(super) fn text(&self) -> &str {
        &self.sql
    }

    /// A condition in which `?` stands for the value, as it can be added.
    pub(super) fn clause(&mut self, condition: &str, value: &'a (dyn ToSql + Sync)) -> String {
        self.parameters.push(value);
        condition.replace('?', &format!("${}", self.parameters.len()))
    }

    pub(super) fn and_clause(&mut self, clause: &str) {
        self.sql.push_str(" AND ");
        self.sql.push_str(clause);
    }

    /// Adds a condition in which `?` stands for the value.
    pub(super) fn and(&mut self, condition: &str, value: &'a (dyn ToSql + Sync)) {
        let clause = self.clause(condition, value);
        self.and_clause(&clause);
    }

    fn and_some<T: ToSql + Sync>(&mut self, condition: &str, value: &'a Option<T>) {
        if let Some(value) = value {
            self.and(condition, value);
        }
    }

    fn and_range(&mut self, column: &str, range: &'a (Option<DateTime<Utc>>, Option<DateTime<Utc>>)) {
        self.and_some(&format!("{column} >= ?"), &range.0);
        self.and_some(&format!("{column} <= ?"), &range.1);
    }

    fn and_equal<T: ToSql + Sync>(&mut self, column: &str, value: &'a Option<Option<T>>) {
        match value {
            Some(Some(value)) => self.and(&format!("{column} = ?"), value),
            Some(None) => self.sql.push_str(&format!(" AND {column} IS NULL")),
            None => {}
        }
    }
}

/// A filter in the words of the tables.
pub(crate) struct Asked {
    pub(super) filter: MetadataFilter,
    /// What all names have that can fit.
    pub(super) names: Vec<String>,
    /// What the index has of all texts that can fit.
    pub(super) grams: Vec<Vec<i32>>,
    /// Of each of these one at least, where it is known already which tags are meant.
    pub(super) tagged: Vec<Vec<Uuid>>,
}

impl Asked {
    /// What must hold of an asset.
    pub(crate) fn conditions(&self) -> Question<'_> {
        let mut query = self.filter.conditions();
        for grams in self.grams.iter().filter(|grams| !grams.is_empty()) {
            query.and(HAVING_GRAMS, grams);
        }
        for tags in &self.tagged {
            query.and(TAGGED, tags);
        }
        query
    }
}

impl MetadataFilter {
    /// The same, as the columns and the index that are searched have it.
    pub(crate) fn question(&self) -> Asked {
        let fold = |text: &Option<String>| text.as_deref().map(folded);
        let (description, file_name) = (fold(&self.description), fold(&self.file_name));
        // The shortest stands in all others.
        let shortest = self.path_beginnings.iter().min_by_key(|beginning| beginning.len());
        let path = shortest.or(self.path.as_ref()).map(|part| folded_path(part));
        let descriptions = description.iter().cloned().chain(self.conditions.contained(Field::Description));
        let names: Vec<String> = file_name.iter().cloned().chain(self.conditions.contained(Field::FileName)).collect();
        let descriptions = descriptions.map(|part| wanted(Text::Description, &part));
        let of_names = names.iter().map(|part| wanted(Text::FileName, part));
        let paths = path.iter().map(|part| wanted(Text::Path, part));
        let grams = descriptions.chain(of_names).chain(paths).collect();
        let conditions = self.conditions.folded();
        let filter = Self { description, file_name, conditions, ..self.clone() };
        Asked { filter, names, grams, tagged: Vec::new() }
    }

    /// Whose assets, and in which albums.
    fn scope(&self) -> Question<'_> {
        if !self.albums.is_empty() || !self.within.is_empty() {
            let (sql, albums) =
                if self.albums.is_empty() { (WITHIN_ALBUMS, &self.within) } else { (IN_ALL_ALBUMS, &self.albums) };
            let mut query = Question { sql: sql.to_owned(), parameters: vec![albums] };
            if !self.owners.is_empty() {
                query.and("owner_id = ANY(?)", &self.owners);
            }
            return query;
        }
        match self.owners.as_slice() {
            [owner] => Question { sql: "owner_id = $1".to_owned(), parameters: vec![owner] },
            _ => Question { sql: OF_OWNERS.to_owned(), parameters: vec![&self.owners] },
        }
    }

    /// Whether the indexes give the results in order, but each owner's apart.
    const fn has_many_owners(&self) -> bool {
        self.albums.is_empty() && self.within.is_empty() && self.owners.len() > 1
    }

    /// The condition that an asset is of one of the owners, where that is the first parameter.
    pub(super) fn owner_at(&self, place: usize) -> String {
        if self.owners.len() == 1 { "owner_id = $1".to_owned() } else { format!("owner_id = ($1::uuid[])[{place}]") }
    }

    pub(super) fn conditions(&self) -> Question<'_> {
        let mut query = self.scope();
        query.and_some("id = ?", &self.id);
        query.and_some("id = ANY(?)", &self.among);
        query.and_some("kind = ?", &self.kind);
        self.add_visibility(&mut query);
        query.and_some("favorite = ?", &self.favorite);
        query.and_some("(live_photo_video_id IS NOT NULL) = ?", &self.motion);
        if self.with_deleted {
            query.and("(status = 'active' OR owner_id = ?)", &self.trash_of);
        } else {
            query.sql.push_str(" AND status = 'active'");
        }
        if self.in_no_album {
            query.sql.push_str(IN_NO_ALBUM);
        }
        if self.nothing {
            query.sql.push_str(" AND false");
        }
        if !self.persons.is_empty() {
            query.and(OF_ALL_PERSONS, &self.persons);
        }
        for tag in &self.tags {
            query.and(WITH_TAG, tag);
        }
        if self.untagged {
            query.sql.push_str(WITHOUT_TAG);
        }
        if self.unstacked {
            query.sql.push_str(IN_NO_STACK);
        }
        query.and_some("size_bytes > ?", &self.larger_than);
        query.and_range("created_at", &self.created);
        query.and_range("updated_at", &self.updated);
        query.and_range("trashed_at", &self.trashed);
        query.and_range("taken_at", &self.taken);
        query.and_equal("city", &self.city);
        query.and_equal("state", &self.state);
        query.and_equal("country", &self.country);
        query.and_equal("make", &self.make);
        query.and_equal("model", &self.model);
        query.and_equal("lens_model", &self.lens_model);
        query.and_equal("rating", &self.rating);
        query.and_some("description_folded LIKE '%' || ? || '%'", &self.description);
        query.and_some("file_name_folded LIKE '%' || ? || '%'", &self.file_name);
        if let Some(path) = &self.path {
            let within = query.clause("path ILIKE '%' || ? || '%'", path);
            let beginning = query.clause("path ILIKE ANY(?)", &self.path_beginnings);
            query.and_clause(&format!("({within} OR {beginning})"));
        }
        query.and_some("checksum = ?", &self.checksum);
        self.conditions.add_to(&mut query);
        query
    }

    /// Whether it asks for nothing but what counts are kept of.
    pub(crate) fn is_counted(&self) -> bool {
        let asked = Self {
            owners: self.owners.clone(),
            kind: self.kind.clone(),
            visibility: self.visibility.clone(),
            favorite: self.favorite,
            locked_of: self.locked_of,
            archive_of: self.archive_of,
            trash_of: self.trash_of,
            sort: self.sort.clone(),
            offset: self.offset,
            limit: self.limit,
            ..Self::default()
        };
        *self == asked
    }

    /// The table and the conditions on it, where it asks for nothing but places, or cameras, and what else is kept with
    /// how many there are of them.
    fn counted_values(&self) -> Option<(&'static str, Question<'_>)> {
        let places = [("country", &self.country), ("state", &self.state), ("city", &self.city)];
        let cameras = [("make", &self.make), ("model", &self.model), ("lens_model", &self.lens_model)];
        let is_asked = |values: [(&str, &Option<Option<String>>); 3]| values.iter().any(|(_, value)| value.is_some());
        let rest =
            Self { country: None, state: None, city: None, make: None, model: None, lens_model: None, ..self.clone() };
        let (table, values) = match (is_asked(places), is_asked(cameras)) {
            (true, false) => ("place_count", places),
            (false, true) => ("camera_count", cameras),
            _ => return None,
        };
        // What is unknown and what is empty are counted together.
        let is_known = |value: &Option<Option<String>>| {
            value.as_ref().is_none_or(|value| value.as_ref().is_some_and(|value| !value.is_empty()))
        };
        let are_known = values.iter().all(|(_, value)| is_known(value));
        if !are_known || self.kind.is_some() || self.favorite.is_some() || !rest.is_counted() {
            return None;
        }
        let mut query = Question { sql: OF_OWNERS.to_owned(), parameters: vec![&self.owners] };
        for (column, value) in values {
            query.and_equal(column, value);
        }
        self.add_visibility(&mut query);
        Some((table, query))
    }

    fn add_visibility<'a>(&'a self, query: &mut Question<'a>) {
        query.and_some("visibility = ?", &self.visibility);
        query.and("(visibility <> 'locked' OR owner_id = ?)", &self.locked_of);
        query.and_some("(visibility <> 'archive' OR owner_id = ?)", &self.archive_of);
    }

    /// Whether it asks for nothing but what stands in the row of an asset, or is looked up by its id.
    pub(crate) fn is_of_assets_alone(&self) -> bool {
        let asked = Self {
            owners: self.owners.clone(),
            untagged: self.untagged,
            unstacked: self.unstacked,
            in_no_album: self.in_no_album,
            trash_of: self.trash_of,
            archive_of: self.archive_of,
            locked_of: self.locked_of,
            kind: self.kind.clone(),
            visibility: self.visibility.clone(),
            favorite: self.favorite,
            motion: self.motion,
            with_deleted: self.with_deleted,
            created: self.created,
            updated: self.updated,
            trashed: self.trashed,
            taken: self.taken,
            city: self.city.clone(),
            state: self.state.clone(),
            country: self.country.clone(),
            make: self.make.clone(),
            model: self.model.clone(),
            lens_model: self.lens_model.clone(),
            rating: self.rating,
            sort: self.sort.clone(),
            offset: self.offset,
            limit: self.limit,
            ..Self::default()
        };
        *self == asked
    }

    /// The conditions on the counts, where that is so.
    pub(crate) fn counted(&self) -> Question<'_> {
        let mut query = Question {
            sql: "owner_id = ANY($1) AND dated_by = 'taken' AND status = 'active'".to_owned(),
            parameters: vec![&self.owners],
        };
        query.and_some("kind = ?", &self.kind);
        query.and_some("favorite = ?", &self.favorite);
        self.add_visibility(&mut query);
        query
    }

    pub(super) fn order(&self) -> String {
        let by = |(field, ascending): &(SortField, bool)| {
            let column = match field {
                SortField::TakenAt => "taken_at",
                SortField::FileName => "file_name",
                SortField::FileSize => "size_bytes",
                SortField::LocalTime => "local_taken_at",
                SortField::Rating => "rating",
            };
            let order = if *ascending { "ASC" } else { "DESC" };
            let unrated = if *field == SortField::Rating { " NULLS LAST" } else { "" };
            format!("{column} {order}{unrated}")
        };
        let newest_first = [(SortField::TakenAt, false)];
        let sort = if self.sort.is_empty() { &newest_first[..] } else { &self.sort };
        let mut order: Vec<String> = sort.iter().map(by).collect();
        order.push("id ASC".to_owned());
        order.join(", ")
    }
}

impl LibraryQueries {
    /// The assets that fit the filter, sorted.
    ///
    /// # Errors
    /// The database is away.
    pub async fn search(&self, filter: &MetadataFilter) -> Result<Vec<AssetRow>, ReadError> {
        let mut asked = self.asked(filter).await?;
        if let Some(found) = self.among_the_first(&asked).await? {
            return Ok(found);
        }
        if let Some(found) = self.among_few(&mut asked).await? {
            return Ok(found);
        }
        let Question { sql, mut parameters } = asked.conditions();
        parameters.push(&filter.limit);
        parameters.push(&filter.offset);
        let (columns, order) = (AssetRow::column_list(""), filter.order());
        let (limit, offset) = (format!("${}", parameters.len() - 1), format!("${}", parameters.len()));
        let sql = if filter.has_many_owners() {
            // The first of each owner's are found by an index, and only those are sorted. Each owner by name: what
            // one has says nothing of what another has.
            let of_one = |place: usize| {
                let sql = sql.replacen(OF_OWNERS, &filter.owner_at(place), 1);
                format!(
                    "(SELECT {columns} FROM library.asset WHERE {sql}
                      ORDER BY {order} LIMIT {limit}::bigint + {offset}::bigint)"
                )
            };
            let all: Vec<String> = (1..=filter.owners.len()).map(of_one).collect();
            format!(
                "SELECT found.* FROM ({}) AS found ORDER BY {order} LIMIT {limit} OFFSET {offset}",
                all.join(" UNION ALL ")
            )
        } else {
            format!("SELECT {columns} FROM library.asset WHERE {sql} ORDER BY {order} LIMIT {limit} OFFSET {offset}")
        };
        self.search_rows(filter, &sql, &parameters, AssetRow::from_row).await
    }

    /// The question with the tags that are meant, those below too: how many assets have a tag, the database knows; of
    /// one that it has to look for first it has no idea.
    async fn asked(&self, filter: &MetadataFilter) -> Result<Asked, ReadError> {
        let mut asked = filter.question();
        let tags = TagQueries::new(self.pool.clone());
        for tag in std::mem::take(&mut asked.filter.tags) {
            asked.tagged.push(tags.subtree(tag).await?);
        }
        Ok(asked)
    }

    /// Where somebody looks for something, what is common is found by walking along the timeline, and what is rare
    /// by an index of its own: the database has to know which it is.
    async fn search_rows<R>(
        &self,
        filter: &MetadataFilter,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
        read: impl Fn(&tokio_postgres::Row) -> R,
    ) -> Result<Vec<R>, ReadError> {
        if filter.is_counted() {
            return self.query(sql, parameters, read).await;
        }
        query_planned_anew(&self.pool, sql, parameters, read).await
    }

    /// Some of the assets that fit the filter, others each time: those whose ids follow upon `from`,
    /// since ids are random already. The filter's order counts for nothing.
    ///
    /// # Errors
    /// The database is away.
    pub async fn search_random(&self, filter: &MetadataFilter, from: Uuid) -> Result<Vec<AssetRow>, ReadError> {
        let mut found = self.search_from(filter, "id >= ?", from, filter.limit).await?;
        let missing = filter.limit - found.len() as i64;
        if missing > 0 {
            found.extend(self.search_from(filter, "id < ?", from, missing).await?);
        }
        // Neighbours by id would come in the same order each time.
        found.sort_by_cached_key(|row| (row.id.as_u128() ^ from.as_u128()).wrapping_mul(SPREAD).rotate_left(64));
        Ok(found)
    }

    async fn search_from(
        &self,
        filter: &MetadataFilter,
        condition: &str,
        from: Uuid,
        limit: i64,
    ) -> Result<Vec<AssetRow>, ReadError> {
        let asked = filter.question();
        let mut query = asked.conditions();
        query.and(condition, &from);
        let Question { sql, mut parameters } = query;
        parameters.push(&limit);
        let sql = format!(
            "SELECT {} FROM library.asset WHERE {sql} ORDER BY id LIMIT ${}",
            AssetRow::column_list(""),
            parameters.len()
        );
        self.query(&sql, &parameters, AssetRow::from_row).await
    }

    /// How many assets fit the filter.
    ///
    /// # Errors
    /// The database is away.
    pub async fn count_found(&self, filter: &MetadataFilter) -> Result<i64, ReadError> {
        // Of what counts are kept, nothing has to be counted.
        let counted =
            if filter.is_counted() { Some(("asset_count", filter.counted())) } else { filter.counted_values() };
        let rows = if let Some((table, Question { sql, parameters })) = counted {
            let sql = format!("SELECT coalesce(sum(count), 0)::bigint FROM library.{table} WHERE {sql}");
            self.query(&sql, &parameters, |row| row.get(0)).await?
        } else {
            let asked = self.asked(filter).await?;
            let Question { sql, parameters } = asked.conditions();
            let sql = format!("SELECT count(*) FROM library.asset WHERE {sql}");
            query_planned_anew(&self.pool, &sql, &parameters, |row| row.get(0)).await?
        };
        Ok(rows.into_iter().next().unwrap_or_default())
    }
}
