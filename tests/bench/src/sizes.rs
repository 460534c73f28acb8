//! What everything takes on the disk, table by table.

use albumen_api::installation::{Database, Settings};
use tokio_postgres::NoTls;

use crate::{
    Fault, block_on, installation,
    machine::Machine,
    report::{Figure, Report},
};

const BYTES_PER_MIB: f64 = 1_048_576.0;
/// Smaller ones are of no account, beside the sums.
const LEAST_TABLE_MIB: f64 = 1.0;
const QUESTION: &str = "
    SELECT space.nspname || '.' || class.relname, space.nspname, pg_table_size(class.oid), pg_indexes_size(class.oid),
           greatest(class.reltuples, 0)::bigint
    FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace
    WHERE class.relkind IN ('r', 'm') AND space.nspname !~ '^(pg_|information_schema)'
    ORDER BY pg_total_relation_size(class.oid) DESC";
/// Everybody's.
const ASSETS: &str = "SELECT count(*) FROM library.asset";

/// Measure what every table takes on the disk.
#[derive(clap::Args)]
pub(crate) struct SizesCommand {
    #[command(flatten)]
    settings: Settings,
}

struct Table {
    name: String,
    schema: String,
    table_mib: f64,
    index_mib: f64,
    rows: i64,
}

impl Table {
    fn figure(&self, assets: i64) -> Figure {
        let mib = self.table_mib + self.index_mib;
        Figure::new(self.name.clone(), mib, "MiB")
            .with_detail("bytes an asset", mib * BYTES_PER_MIB / assets.max(1) as f64)
            .with_detail("table MiB", self.table_mib)
            .with_detail("indexes MiB", self.index_mib)
            .with_detail("rows", self.rows as f64)
    }
}

impl SizesCommand {
    pub(crate) fn run(self) -> Result<Report, Fault> {
        let config = installation::enter(self.settings)?;
        let machine = Machine::describe(Some(config.data.root()))?;
        let measuring = async {
            let database = Database::for_command(&config).await?;
            let measured = measure(database.connect_config()).await;
            database.close().await;
            measured
        };
        let (tables, assets) = block_on(measuring)?;
        let all = tables.iter().map(|table| table.table_mib + table.index_mib).sum();
        let mut figures = vec![Figure::new("all tables", all, "MiB")];
        let mut schemas: Vec<&str> = tables.iter().map(|table| table.schema.as_str()).collect();
        schemas.sort_unstable();
        schemas.dedup();
        for schema in schemas {
            let of_it = || tables.iter().filter(|table| table.schema == schema);
            let sum = Table {
                name: format!("schema {schema}"),
                schema: schema.to_owned(),
                table_mib: of_it().map(|table| table.table_mib).sum(),
                index_mib: of_it().map(|table| table.index_mib).sum(),
                rows: of_it().map(|table| table.rows).sum(),
            };
            figures.push(sum.figure(assets));
        }
        let large = tables.iter().filter(|table| table.table_mib + table.index_mib >= LEAST_TABLE_MIB);
        figures.extend(large.map(|table| table.figure(assets)));
        Ok(Report::new(machine, figures))
    }
}

/// The tables, and how many assets they hold.
async fn measure(connect: &tokio_postgres::Config) -> Result<(Vec<Table>, i64), Fault> {
    let (client, connection) = connect.connect(NoTls).await?;
    tokio::spawn(connection);
    let rows = client.query(QUESTION, &[]).await?;
    let mib = |bytes: i64| bytes as f64 / BYTES_PER_MIB;
    let table = |row: &tokio_postgres::Row| Table {
        name: row.get(0),
        schema: row.get(1),
        table_mib: mib(row.get(2)),
        index_mib: mib(row.get(3)),
        rows: row.get(4),
    };
    let assets = client.query_one(ASSETS, &[]).await?.get(0);
    Ok((rows.iter().map(table).collect(), assets))
}
