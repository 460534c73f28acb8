//! The rows of read models, to compare them.

use std::collections::BTreeMap;

use albumen_projections::projections;
use tokio_postgres::Client;

/// The sorted rows of every table of every read model, and where the checkpoints are.
#[derive(Debug, PartialEq, Eq)]
pub struct Tables {
    rows: BTreeMap<String, Vec<String>>,
    positions: Vec<(String, i64)>,
}

impl Tables {
    /// Everything that there is at the moment, in one snapshot.
    pub async fn read(client: &Client) -> Self {
        client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ").await.expect("begins");
        let mut rows = BTreeMap::new();
        for projection in projections() {
            for table in projection.tables() {
                let name = format!("{}.{table}", projection.name());
                let sql = format!("SELECT to_jsonb(stored)::text FROM {name} AS stored ORDER BY 1");
                let found = client.query(&sql, &[]).await.expect("reads the rows");
                rows.insert(name, found.iter().map(|row| row.get(0)).collect());
            }
        }
        let positions = client
            .query("SELECT instance, position FROM projection_checkpoint ORDER BY 1", &[])
            .await
            .expect("reads the checkpoints");
        client.batch_execute("COMMIT").await.expect("ends");
        Self { rows, positions: positions.iter().map(|row| (row.get(0), row.get(1))).collect() }
    }

    pub fn is_empty(&self) -> bool {
        self.rows.values().all(Vec::is_empty)
    }
}

/// Fails with the rows that only one of them has.
#[track_caller]
pub fn assert_equal(left: &Tables, right: &Tables) {
    for (table, rows) in &left.rows {
        let others = &right.rows[table];
        let only = |rows: &[String], others: &[String]| -> Vec<String> {
            rows.iter().filter(|row| !others.contains(row)).cloned().collect()
        };
        assert!(
            rows == others,
            "{table} differs\nonly left: {:#?}\nonly right: {:#?}\n({} and {} rows)",
            only(rows, others),
            only(others, rows),
            rows.len(),
            others.len(),
        );
    }
    assert_eq!(left.positions, right.positions);
}
