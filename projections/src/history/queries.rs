//! Which events somebody may read.

use deadpool_postgres::Pool;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::rows::EntryRow;
use crate::runtime::{ReadError, TableRow, query};

/// Questions about what happened.
#[derive(Clone)]
pub struct HistoryQueries {
    pool: Pool,
}

/// What somebody may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything: whoever runs the installation, by its command line.
    Operator,
    /// A user.
    User {
        /// Who: they see what is theirs.
        id: Uuid,
        /// Albums of which they are a member.
        albums: Vec<Uuid>,
        /// Whether they see what belongs to nobody.
        administers: bool,
        /// Whether their locked folder is open.
        unlocked: bool,
    },
    /// One thing that a user may see, whoever's it is; access to it was decided already.
    Granted {
        /// Whether their locked folder is open.
        unlocked: bool,
    },
}

/// Which events are meant. What is absent does not restrict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryFilter {
    /// What may be seen.
    pub scope: Scope,
    /// What happened to this thing, and the work on it.
    pub thing: Option<Uuid>,
    /// What happened to things of this kind.
    pub kind: Option<String>,
    /// What this person did.
    pub actor: Option<Uuid>,
    /// What came through this session.
    pub session: Option<Uuid>,
    /// Events of these names; none for all.
    pub events: Vec<String>,
    /// After this position.
    pub after: Option<i64>,
    /// Before this position.
    pub before: Option<i64>,
    /// The newest first, or the oldest.
    pub newest_first: bool,
    /// So many at most.
    pub limit: i64,
}

impl HistoryFilter {
    /// Everything of a scope, the newest first.
    #[must_use]
    pub const fn of(scope: Scope, limit: i64) -> Self {
        Self {
            scope,
            thing: None,
            kind: None,
            actor: None,
            session: None,
            events: Vec::new(),
            after: None,
            before: None,
            newest_first: true,
            limit,
        }
    }
}

/// Kinds of which nearly all events are: theirs are found on the way back through all of an owner's.
const COMMON_KINDS: [&str; 6] = ["asset", "embedding", "face", "face-embedding", "processing", "text"];
/// Says of every other kind what the database has to know to use their index.
const IS_RARE: &str = " AND stream_kind NOT IN ('asset', 'embedding', 'face', 'face-embedding', 'processing', 'text')";

const NOT_LOCKED: &str =
    " AND NOT EXISTS (SELECT FROM history.locked_asset AS locked WHERE locked.asset_id = entry.stream_id)";

/// Conditions with their parameters. Its text depends on what is asked for, never on values.
#[derive(Default)]
struct Conditions<'a> {
    sql: String,
    parameters: Vec<&'a (dyn ToSql + Sync)>,
}

impl<'a> Conditions<'a> {
    /// A condition in which `?` stands for the value.
    fn of(&mut self, condition: &str, value: &'a (dyn ToSql + Sync)) -> String {
        self.parameters.push(value);
        condition.replace('?', &format!("${}", self.parameters.len()))
    }

    fn and(&mut self, condition: &str, value: &'a (dyn ToSql + Sync)) {
        let condition = self.of(condition, value);
        self.sql.push_str(" AND ");
        self.sql.push_str(&condition);
    }

    fn and_some<T: ToSql + Sync>(&mut self, condition: &str, value: &'a Option<T>) {
        if let Some(value) = value {
            self.and(condition, value);
        }
    }
}

impl HistoryQueries {
    /// Questions through connections of `pool`.
    #[must_use]
    pub const fn new(pool: Pool) -> Self {
        Self { pool }
    }

    /// The events that are meant, in the order that is asked for.
    ///
    /// # Errors
    /// The database is away.
    pub async fn entries(&self, filter: &HistoryFilter) -> Result<Vec<EntryRow>, ReadError> {
        let mut common = Conditions::default();
        common.and_some("stream_id = ?", &filter.thing);
        common.and_some("stream_kind = ?", &filter.kind);
        if filter.kind.as_deref().is_some_and(|kind| !COMMON_KINDS.contains(&kind)) {
            common.sql.push_str(IS_RARE);
        }
        common.and_some("actor_id = ?", &filter.actor);
        common.and_some("session_id = ?", &filter.session);
        common.and_some("position > ?", &filter.after);
        common.and_some("position < ?", &filter.before);
        if !filter.events.is_empty() {
            common.and("event = ANY(?)", &filter.events);
        }
        let branches = branches(&mut common, &filter.scope);
        let direction = if filter.newest_first { "DESC" } else { "ASC" };
        let limit = common.of("?", &filter.limit);
        let columns = EntryRow::column_list("");
        // Each branch has an index that yields it in order, so that none reads more than a page.
        let branch = |branch: &String| {
            format!(
                "(SELECT {columns} FROM history.entry WHERE {branch}{} ORDER BY position {direction} LIMIT {limit})",
                common.sql
            )
        };
        let all = branches.iter().map(branch).collect::<Vec<_>>().join(" UNION ALL ");
        let sql = format!("SELECT {columns} FROM ({all}) AS found ORDER BY position {direction} LIMIT {limit}");
        query(&self.pool, &sql, &common.parameters, EntryRow::from_row).await
    }

    /// The first event of a thing: what kind it is and whose, also after its end.
    ///
    /// # Errors
    /// The database is away.
    pub async fn first(&self, thing: Uuid) -> Result<Option<EntryRow>, ReadError> {
        let sql = format!(
            "SELECT {} FROM history.entry WHERE stream_id = $1 ORDER BY position LIMIT 1",
            EntryRow::column_list("")
        );
        Ok(query(&self.pool, &sql, &[&thing], EntryRow::from_row).await?.into_iter().next())
    }

    /// Whether an asset is in a locked folder, or ended in one.
    ///
    /// # Errors
    /// The database is away.
    pub async fn is_locked(&self, asset: Uuid) -> Result<bool, ReadError> {
        let sql = "SELECT asset_id FROM history.locked_asset WHERE asset_id = $1";
        Ok(!query(&self.pool, sql, &[&asset], |_| ()).await?.is_empty())
    }
}

/// What may be seen, in parts that have nothing in common.
fn branches<'a>(conditions: &mut Conditions<'a>, scope: &'a Scope) -> Vec<String> {
    let locked = |unlocked: &bool| if *unlocked { "" } else { NOT_LOCKED };
    match scope {
        Scope::Operator => vec!["TRUE".to_owned()],
        Scope::Granted { unlocked } => vec![format!("TRUE{}", locked(unlocked))],
        Scope::User { id, albums, administers, unlocked } => {
            let mine = conditions.of("owner_id = ?", id);
            let mut branches = vec![format!("{mine}{}", locked(unlocked))];
            if !albums.is_empty() {
                let others = conditions.of("owner_id <> ? AND ", id);
                let shared = conditions.of("stream_kind = 'album' AND stream_id = ANY(?)", albums);
                branches.push(format!("{others}{shared}"));
            }
            if *administers {
                branches.push("owner_id IS NULL".to_owned());
            }
            branches
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_of_rare_kinds_is_of_those_that_are_asked_for_by_it() {
        let condition = IS_RARE.trim_start_matches(" AND ");
        assert!(include_str!("indexes.sql").contains(&format!("WHERE {condition};")));
        let named = COMMON_KINDS.map(|kind| format!("'{kind}'")).join(", ");
        assert_eq!(condition, format!("stream_kind NOT IN ({named})"));
    }
}
