//! Questions about people and faces.

use chrono::{DateTime, Utc};
use deadpool_postgres::Pool;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::rows::{ClusteringRow, FaceRow, PersonRow};
use crate::{
    runtime::{ReadError, TableRow, query},
    text,
};

/// Questions about people and faces.
#[derive(Clone)]
pub struct PeopleQueries {
    pool: Pool,
}

/// A face with whose it is.
#[derive(Clone, Debug, PartialEq)]
pub struct FaceOfPerson {
    /// The face.
    pub face: FaceRow,
    /// Whose it is.
    pub person: Option<PersonRow>,
}

/// Somebody who is seen on an asset.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonOfAsset {
    /// On which asset.
    pub asset_id: Uuid,
    /// Who.
    pub person: PersonRow,
}

/// Somebody whose picture is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PersonToShow {
    /// Who.
    pub id: Uuid,
    /// Whose photos show them.
    pub owner_id: Uuid,
    /// A face that can stand for them, where none does.
    pub candidate: Option<Uuid>,
}

/// A condition on the `id` of an asset: it shows the person of the parameter that is put in for `?`.
pub const SHOWING: &str =
    "id IN (SELECT face.asset_id FROM people.face AS face WHERE face.person_id = ? AND face.removed_at IS NULL)";

/// Persons whose names are similar enough to be found.
const MIN_NAME_SIMILARITY: f32 = 0.5;

impl PeopleQueries {
    pub(crate) const fn new(pool: Pool) -> Self {
        Self { pool }
    }

    async fn query<R>(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
        read: impl Fn(&tokio_postgres::Row) -> R,
    ) -> Result<Vec<R>, ReadError> {
        query(&self.pool, sql, parameters, read).await
    }

    /// Persons by their ids, in no particular order; those who do not exist are left out.
    ///
    /// # Errors
    /// The database is away.
    pub async fn persons(&self, ids: &[Uuid]) -> Result<Vec<PersonRow>, ReadError> {
        let sql = format!("SELECT {} FROM people.person WHERE id = ANY($1)", PersonRow::column_list(""));
        self.query(&sql, &[&ids], PersonRow::from_row).await
    }

    /// One person.
    ///
    /// # Errors
    /// The database is away.
    pub async fn person(&self, id: Uuid) -> Result<Option<PersonRow>, ReadError> {
        Ok(self.persons(&[id]).await?.into_iter().next())
    }

    /// The persons of an owner who have a name or enough faces in sight, in the order of the list.
    ///
    /// # Errors
    /// The database is away.
    pub async fn list(
        &self,
        owner: Uuid,
        with_hidden: bool,
        minimum_faces: i64,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<PersonRow>, ReadError> {
        let columns = PersonRow::column_list("person.");
        let sql = format!("SELECT {columns} {}", include_str!("sql/list.sql"));
        let parameters: [&(dyn ToSql + Sync); 5] = [&owner, &with_hidden, &minimum_faces, &limit, &offset];
        self.query(&sql, &parameters, PersonRow::from_row).await
    }

    /// The same, those first whose faces are most like `face` as `model` sees them; whoever has shown it no face
    /// comes last.
    ///
    /// # Errors
    /// The database is away.
    #[allow(clippy::too_many_arguments, reason = "they are those of the list, and what is near")]
    pub async fn list_near(
        &self,
        owner: Uuid,
        with_hidden: bool,
        minimum_faces: i64,
        offset: i64,
        limit: i64,
        face: Uuid,
        model: &str,
    ) -> Result<Vec<PersonRow>, ReadError> {
        let columns = PersonRow::column_list("person.");
        let sql = format!("SELECT {columns} {}", include_str!("sql/list_near.sql"));
        let parameters: [&(dyn ToSql + Sync); 7] =
            [&owner, &with_hidden, &minimum_faces, &limit, &offset, &face, &model];
        self.query(&sql, &parameters, PersonRow::from_row).await
    }

    /// All persons of an owner.
    ///
    /// # Errors
    /// The database is away.
    pub async fn all_of(&self, owner: Uuid) -> Result<Vec<PersonRow>, ReadError> {
        let columns = PersonRow::column_list("");
        let sql = format!("SELECT {columns} FROM people.person WHERE owner_id = $1 ORDER BY created_at, id");
        self.query(&sql, &[&owner], PersonRow::from_row).await
    }

    /// All faces on an owner's assets, those that were removed too.
    ///
    /// # Errors
    /// The database is away.
    pub async fn all_faces_of(&self, owner: Uuid) -> Result<Vec<FaceRow>, ReadError> {
        let sql = format!("SELECT {} FROM people.face WHERE owner_id = $1 ORDER BY id", FaceRow::column_list(""));
        self.query(&sql, &[&owner], FaceRow::from_row).await
    }

    /// All faces on an asset, those that were removed too.
    ///
    /// # Errors
    /// The database is away.
    pub async fn all_faces_on(&self, asset: Uuid) -> Result<Vec<FaceRow>, ReadError> {
        let sql = format!("SELECT {} FROM people.face WHERE asset_id = $1 ORDER BY x1, id", FaceRow::column_list(""));
        self.query(&sql, &[&asset], FaceRow::from_row).await
    }

    /// How far an owner's faces are compared with each other.
    ///
    /// # Errors
    /// The database is away.
    pub async fn clustering(&self, owner: Uuid) -> Result<ClusteringRow, ReadError> {
        let sql = format!("SELECT {} FROM people.clustering WHERE owner_id = $1", ClusteringRow::column_list(""));
        let found = self.query(&sql, &[&owner], ClusteringRow::from_row).await?;
        Ok(found.into_iter().next().unwrap_or_else(|| ClusteringRow::new(owner)))
    }

    /// Whose faces were looked for since they were last compared.
    ///
    /// # Errors
    /// The database is away.
    pub async fn not_compared(&self) -> Result<Vec<Uuid>, ReadError> {
        let sql = "SELECT owner_id FROM people.clustering
                   WHERE detected_at IS NOT NULL AND (clustered_at IS NULL OR clustered_at <= detected_at)
                   ORDER BY owner_id";
        self.query(sql, &[], |row| row.get(0)).await
    }

    /// How many persons of an owner have a face in sight, and how many of those are hidden.
    ///
    /// # Errors
    /// The database is away.
    pub async fn totals(&self, owner: Uuid) -> Result<(i64, i64), ReadError> {
        let sql = "SELECT count(*), count(*) FILTER (WHERE hidden) FROM people.person
                   WHERE owner_id = $1 AND face_count > 0";
        let rows = self.query(sql, &[&owner], |row| (row.get(0), row.get(1))).await?;
        Ok(rows.into_iter().next().unwrap_or_default())
    }

    /// On how many assets in the timeline a person is seen.
    ///
    /// # Errors
    /// The database is away.
    pub async fn count_assets(&self, person: Uuid) -> Result<i64, ReadError> {
        let sql = "SELECT count(DISTINCT asset_id) FROM people.face WHERE person_id = $1 AND in_sight";
        let rows = self.query(sql, &[&person], |row| row.get(0)).await?;
        Ok(rows.into_iter().next().unwrap_or_default())
    }

    /// The persons of an owner whose names are like this one, the most similar first.
    ///
    /// # Errors
    /// The database is away.
    pub async fn by_name(&self, owner: Uuid, name: &str, with_hidden: bool) -> Result<Vec<PersonRow>, ReadError> {
        // One owner's names are few enough to be looked at one by one.
        let sql = format!(
            "SELECT {} FROM people.person WHERE owner_id = $1 AND name <> '' AND ($2 OR NOT hidden)",
            PersonRow::column_list("")
        );
        let rows = self.query(&sql, &[&owner, &with_hidden], PersonRow::from_row).await?;
        let wanted = text::Query::new(name);
        let mut found: Vec<(f32, PersonRow)> = rows
            .into_iter()
            .filter(|person| wanted.word_similarity(&person.name) >= MIN_NAME_SIMILARITY)
            .map(|person| (wanted.strict_word_similarity(&person.name), person))
            .collect();
        found.sort_by(|(a, left), (b, right)| b.total_cmp(a).then_with(|| left.name.cmp(&right.name)));
        Ok(found.into_iter().map(|(_, person)| person).collect())
    }

    /// Persons of all owners whom nobody named and who have had no face since before `until`, with their
    /// pictures.
    ///
    /// # Errors
    /// The database is away.
    pub async fn unseen(&self, until: DateTime<Utc>, limit: i64) -> Result<Vec<(Uuid, Option<String>)>, ReadError> {
        let sql = "SELECT person.id, person.thumbnail_path FROM people.person AS person
                   WHERE person.name = '' AND person.face_count = 0 AND person.updated_at < $1
                     AND NOT EXISTS (
                         SELECT FROM people.face AS face
                         WHERE face.person_id = person.id AND face.removed_at IS NULL
                     )
                   ORDER BY person.id LIMIT $2";
        self.query(sql, &[&until, &limit], |row| (row.get(0), row.get(1))).await
    }

    /// Persons of all owners whose pictures are to be made, those whose ids come after `after`: whoever has none, or all.
    ///
    /// # Errors
    /// The database is away.
    pub async fn to_show(&self, all: bool, after: Uuid, limit: i64) -> Result<Vec<PersonToShow>, ReadError> {
        let read =
            |row: &tokio_postgres::Row| PersonToShow { id: row.get(0), owner_id: row.get(1), candidate: row.get(2) };
        self.query(include_str!("sql/to_show.sql"), &[&all, &after, &limit], read).await
    }

    /// Faces by their ids, those that were removed too.
    ///
    /// # Errors
    /// The database is away.
    pub async fn faces(&self, ids: &[Uuid]) -> Result<Vec<FaceRow>, ReadError> {
        let sql = format!("SELECT {} FROM people.face WHERE id = ANY($1)", FaceRow::column_list(""));
        self.query(&sql, &[&ids], FaceRow::from_row).await
    }

    /// The faces on an asset with whose they are, from left to right, without those that were removed.
    ///
    /// # Errors
    /// The database is away.
    pub async fn faces_on(&self, asset: Uuid) -> Result<Vec<FaceOfPerson>, ReadError> {
        let sql = format!(
            "SELECT {} FROM people.face WHERE asset_id = $1 AND removed_at IS NULL ORDER BY x1, id",
            FaceRow::column_list("")
        );
        let faces = self.query(&sql, &[&asset], FaceRow::from_row).await?;
        let ids: Vec<Uuid> = faces.iter().filter_map(|face| face.person_id).collect();
        let persons = self.persons(&ids).await?;
        let person_of = |face: &FaceRow| persons.iter().find(|person| face.person_id == Some(person.id)).cloned();
        Ok(faces.into_iter().map(|face| FaceOfPerson { person: person_of(&face), face }).collect())
    }

    /// The faces of a person on an asset, without those that were removed.
    ///
    /// # Errors
    /// The database is away.
    pub async fn faces_of_on(&self, person: Uuid, asset: Uuid) -> Result<Vec<Uuid>, ReadError> {
        let sql = "SELECT id FROM people.face
                   WHERE person_id = $1 AND asset_id = $2 AND removed_at IS NULL ORDER BY x1, id";
        self.query(sql, &[&person, &asset], |row| row.get(0)).await
    }

    /// Some face of a person, in sight if there is one; none of `but`.
    ///
    /// # Errors
    /// The database is away.
    pub async fn some_face_of(&self, person: Uuid, but: &[Uuid]) -> Result<Option<Uuid>, ReadError> {
        let sql = "SELECT id FROM people.face
                   WHERE person_id = $1 AND removed_at IS NULL AND NOT id = ANY($2)
                   ORDER BY in_sight DESC, id LIMIT 1";
        Ok(self.query(sql, &[&person, &but], |row| row.get(0)).await?.into_iter().next())
    }

    /// Who of an owner's people is seen on assets, by asset, each once and from left to right.
    ///
    /// # Errors
    /// The database is away.
    pub async fn on_assets(&self, owner: Uuid, assets: &[Uuid]) -> Result<Vec<PersonOfAsset>, ReadError> {
        let columns = PersonRow::column_list("person.");
        let sql = format!("SELECT {columns}, seen.asset_id {}", include_str!("sql/on_assets.sql"));
        self.query(&sql, &[&owner, &assets], |row| PersonOfAsset {
            asset_id: row.get(PersonRow::COLUMNS.len()),
            person: PersonRow::from_row(row),
        })
        .await
    }
}
