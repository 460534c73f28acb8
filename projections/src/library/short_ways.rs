//! Short ways to what is looked for by parts of texts, by tags and by cameras.
//!
//! How many assets have a part of a text, the database cannot know: it takes its groups of letters for independent of one
//! another, and then either walks over the whole library for what is rare, or looks up, one by one, what is
//! everywhere. So what is common is sought among the first assets, as many as are walked over in no time;
//! and what is rare is looked up, as long as it is few. All else is left to the database.

use uuid::Uuid;

use super::{
    conditions::Conditions,
    queries::LibraryQueries,
    rows::AssetRow,
    search::{Asked, MetadataFilter, Question, SortField},
};
use crate::runtime::{ReadError, TableRow};

/// Assets that are walked over: a millisecond and a half of work. Of what one in thirty has, they hold a page of 100.
const WALKED: i64 = 3_000;
/// Assets that are looked up by their ids: some milliseconds of work.
const LOOKED_UP: usize = 5_000;

impl LibraryQueries {
    /// The page that is asked for, where it is found among the first assets.
    pub(super) async fn among_the_first(&self, asked: &Asked) -> Result<Option<Vec<AssetRow>>, ReadError> {
        let filter = &asked.filter;
        let needed = filter.offset.saturating_add(filter.limit);
        if filter.owners.is_empty() || needed > WALKED || !filter.is_by_capture() || !asked.is_of_texts() {
            return Ok(None);
        }
        let Question { sql, mut parameters } = filter.conditions();
        parameters.push(&filter.limit);
        parameters.push(&filter.offset);
        let (columns, order) = (AssetRow::column_list(""), filter.order());
        let (limit, offset) = (parameters.len() - 1, parameters.len());
        let of_one = |place: usize| {
            let owner = filter.owner_at(place);
            format!("(SELECT {columns} FROM library.asset WHERE {owner} ORDER BY {order} LIMIT {WALKED})")
        };
        let first: Vec<String> = (1..=filter.owners.len()).map(of_one).collect();
        // Whatever holds of an asset is looked at in the walk, so that it ends.
        let sql = format!(
            "SELECT {columns} FROM (
                 SELECT walked.* FROM ({}) AS walked ORDER BY {order} LIMIT {WALKED}
             ) AS asset
             WHERE {sql} ORDER BY {order} LIMIT ${limit} OFFSET ${offset}",
            first.join(" UNION ALL ")
        );
        let rows = self.query(&sql, &parameters, AssetRow::from_row).await?;
        Ok((rows.len() as i64 == filter.limit).then_some(rows))
    }

    /// The page that is asked for, where few assets can be on it.
    pub(super) async fn among_few(&self, asked: &mut Asked) -> Result<Option<Vec<AssetRow>>, ReadError> {
        let Some(few) = self.few(asked).await? else { return Ok(None) };
        let filter = &asked.filter;
        let mut query = asked.conditions();
        query.and("id = ANY(?)", &few);
        let Question { sql, mut parameters } = query;
        parameters.push(&filter.limit);
        parameters.push(&filter.offset);
        let sql = format!(
            "SELECT {} FROM library.asset WHERE {sql} ORDER BY {} LIMIT ${} OFFSET ${}",
            AssetRow::column_list(""),
            filter.order(),
            parameters.len() - 1,
            parameters.len(),
        );
        self.query(&sql, &parameters, AssetRow::from_row).await.map(Some)
    }

    /// All assets that can fit, where they are few. What they were found by need not be asked again.
    async fn few(&self, asked: &mut Asked) -> Result<Option<Vec<Uuid>>, ReadError> {
        if let Some(few) = self.with_grams(asked).await?.filter(|found| found.len() <= LOOKED_UP) {
            asked.grams.clear();
            return Ok(Some(few));
        }
        for (place, tags) in asked.tagged.iter().enumerate() {
            let sql = format!("SELECT asset_id FROM tags.asset_tag WHERE tag_id = ANY($1) LIMIT {}", LOOKED_UP + 1);
            let found = self.query(&sql, &[tags], |row| row.get(0)).await?;
            if found.len() <= LOOKED_UP {
                asked.tagged.remove(place);
                return Ok(Some(found));
            }
        }
        Ok(self.of_camera(&asked.filter).await?.filter(|found| found.len() <= LOOKED_UP))
    }

    /// The assets with all groups of letters that are asked for, one more than are looked up at most; nothing where none
    /// is asked for, or anybody's.
    async fn with_grams(&self, asked: &Asked) -> Result<Option<Vec<Uuid>>, ReadError> {
        let filter = &asked.filter;
        let grams = asked.grams.concat();
        if grams.is_empty() || filter.owners.is_empty() {
            return Ok(None);
        }
        let mut query =
            Question { sql: "owner_id = ANY($1) AND grams @> $2".to_owned(), parameters: vec![&filter.owners, &grams] };
        for name in &asked.names {
            query.and("file_name_folded LIKE '%' || ? || '%'", name);
        }
        let Question { sql, parameters } = query;
        let sql = format!("SELECT asset_id FROM library.asset_gram WHERE {sql} LIMIT {}", LOOKED_UP + 1);
        self.query(&sql, &parameters, |row| row.get(0)).await.map(Some)
    }

    /// The assets of a camera, one more than are looked up at most; nothing where none is asked for, or anybody's, or where
    /// the kept counts say that there are many.
    async fn of_camera(&self, filter: &MetadataFilter) -> Result<Option<Vec<Uuid>>, ReadError> {
        if filter.owners.is_empty() || filter.camera().next().is_none() {
            return Ok(None);
        }
        let Question { sql, parameters } = filter.with_camera("{} = ?");
        let sql = format!("SELECT coalesce(sum(count), 0)::bigint FROM library.camera_count WHERE {sql}");
        let counts: Vec<i64> = self.query(&sql, &parameters, |row| row.get(0)).await?;
        if counts.iter().any(|count| *count > LOOKED_UP as i64) {
            return Ok(None);
        }
        // As the index has them.
        let Question { sql, parameters } = filter.with_camera("left({}, 100) = left(?::text, 100)");
        let sql = format!("SELECT id FROM library.asset WHERE {sql} LIMIT {}", LOOKED_UP + 1);
        self.query(&sql, &parameters, |row| row.get(0)).await.map(Some)
    }
}

impl Asked {
    /// Whether it asks for parts of texts, and for nothing else but what counts are kept of.
    fn is_of_texts(&self) -> bool {
        let MetadataFilter { description, file_name, path, conditions, .. } = &self.filter;
        let has_texts = description.is_some() || file_name.is_some() || path.is_some() || !conditions.all.is_empty();
        has_texts
            && conditions.are_parts_of_texts()
            && self.tagged.is_empty()
            && self.filter.without_texts().is_counted()
    }
}

impl MetadataFilter {
    fn without_texts(&self) -> Self {
        Self {
            description: None,
            file_name: None,
            path: None,
            path_beginnings: Vec::new(),
            conditions: Conditions::default(),
            ..self.clone()
        }
    }

    fn is_by_capture(&self) -> bool {
        matches!(self.sort.as_slice(), [] | [(SortField::TakenAt, _)])
    }

    /// The columns of what is asked about a camera, and what they have to hold.
    fn camera(&self) -> impl Iterator<Item = (&'static str, &String)> {
        let asked = [("make", &self.make), ("model", &self.model)];
        asked.into_iter().filter_map(|(column, value)| Some((column, value.as_ref()?.as_ref()?)))
    }

    /// What must hold of the columns, in a form in which `{}` stands for one and `?` for its value.
    fn with_camera(&self, form: &str) -> Question<'_> {
        let mut query = Question { sql: "owner_id = ANY($1)".to_owned(), parameters: vec![&self.owners] };
        for (column, value) in self.camera() {
            query.and(&form.replace("{}", column), value);
        }
        query
    }
}
