//! The search by what is known of assets.

use chrono::{DateTime, Utc};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{folding::folded, queries::LibraryQueries, rows::AssetRow};
use crate::runtime::{ReadError, TableRow};

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
}

/// Which assets are meant. What is absent does not restrict; an inner none means "has none".
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetadataFilter {
    /// Of these users; in albums, none means everybody.
    pub owners: Vec<Uuid>,
    /// In each of these albums; empty for anywhere.
    pub albums: Vec<Uuid>,
    /// In nobody's album.
    pub in_no_album: bool,
    /// Whose trash may be found; none for nobody's.
    pub trash_of: Option<Uuid>,
    /// Whose locked assets may be found; none for nobody's.
    pub locked_of: Option<Uuid>,
    /// One asset.
    pub id: Option<Uuid>,
    /// `image`, `video`, `audio` or `other`.
    pub kind: Option<String>,
    /// `timeline`, `archive`, `hidden` or `locked`.
    pub visibility: Option<String>,
    /// Marked or not.
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
const IN_NO_ALBUM: &str = " AND NOT EXISTS (SELECT FROM albums.album_asset AS link WHERE link.asset_id = asset.id)";

/// A query that grows, with its parameters.
struct Query<'a> {
    sql: String,
    parameters: Vec<&'a (dyn ToSql + Sync)>,
}

impl<'a> Query<'a> {
    /// Adds a condition in which `?` stands for the value.
    fn and(&mut self, condition: &str, value: &'a (dyn ToSql + Sync)) {
        self.parameters.push(value);
        self.sql.push_str(" AND ");
        self.sql.push_str(&condition.replace('?', &format!("${}", self.parameters.len())));
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

impl MetadataFilter {
    /// The same, as the columns that are searched have it.
    fn folded(&self) -> Self {
        let fold = |text: &Option<String>| text.as_deref().map(folded);
        Self { description: fold(&self.description), file_name: fold(&self.file_name), ..self.clone() }
    }

    /// Whose assets, and in which albums.
    fn scope(&self) -> Query<'_> {
        if !self.albums.is_empty() {
            let mut query = Query { sql: IN_ALL_ALBUMS.to_owned(), parameters: vec![&self.albums] };
            if !self.owners.is_empty() {
                query.and("owner_id = ANY(?)", &self.owners);
            }
            return query;
        }
        // Of one owner's the index gives the newest first; of several they have to be sorted.
        match self.owners.as_slice() {
            [owner] => Query { sql: "owner_id = $1".to_owned(), parameters: vec![owner] },
            _ => Query { sql: "owner_id = ANY($1)".to_owned(), parameters: vec![&self.owners] },
        }
    }

    fn conditions(&self) -> Query<'_> {
        let mut query = self.scope();
        query.and_some("id = ?", &self.id);
        query.and_some("kind = ?", &self.kind);
        query.and_some("visibility = ?", &self.visibility);
        query.and("(visibility <> 'locked' OR owner_id = ?)", &self.locked_of);
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
        query.and_some("path ILIKE '%' || ? || '%'", &self.path);
        query.and_some("checksum = ?", &self.checksum);
        query
    }

    fn order(&self) -> String {
        let by = |(field, ascending): &(SortField, bool)| {
            let column = match field {
                SortField::TakenAt => "taken_at",
                SortField::FileName => "file_name",
                SortField::FileSize => "size_bytes",
            };
            format!("{column} {}", if *ascending { "ASC" } else { "DESC" })
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
        let filter = filter.folded();
        let Query { sql, mut parameters } = filter.conditions();
        parameters.push(&filter.limit);
        parameters.push(&filter.offset);
        let count = parameters.len();
        let sql = format!(
            "SELECT {} FROM library.asset WHERE {sql} ORDER BY {} LIMIT ${} OFFSET ${count}",
            AssetRow::column_list(""),
            filter.order(),
            count - 1,
        );
        self.query(&sql, &parameters, AssetRow::from_row).await
    }
}
