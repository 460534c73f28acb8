//! A database beside the installation's own, for read models of the past.

use albumen_schemas::{database::connect, migrations};
use tokio_postgres::Config;

use super::CliError;

/// PostgreSQL's own bound for names.
const MAX_NAME_BYTES: usize = 63;

/// The way to the database `name` beside another one.
pub(super) fn beside(database: &Config, name: &str) -> Result<Config, CliError> {
    let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    let starts_well = name.starts_with(|letter: char| letter.is_ascii_lowercase());
    if !starts_well || name.len() > MAX_NAME_BYTES || !name.chars().all(is_plain) {
        let rule = "a database is named by small letters, digits and underscores";
        return Err(CliError::Other(format!("{name} cannot be used: {rule}")));
    }
    if database.get_dbname() == Some(name) {
        return Err(CliError::Other(format!("{name} is the installation's own database; choose another one")));
    }
    let mut config = database.clone();
    config.dbname(name);
    Ok(config)
}

/// Makes the database unless it is there, with this version's schema. One that holds a log is refused: its
/// read models are those of a living installation.
pub(super) async fn make(database: &Config, name: &str) -> Result<Config, CliError> {
    let config = beside(database, name)?;
    let (client, connection) = connect(database).await?;
    tokio::spawn(connection);
    let known = client.query("SELECT FROM pg_database WHERE datname = $1", &[&name]).await?;
    if known.is_empty() {
        // In quotes: some plain words are PostgreSQL's own.
        client.batch_execute(&format!("CREATE DATABASE \"{name}\"")).await?;
    }
    let (mut client, connection) = connect(&config).await?;
    tokio::spawn(connection);
    migrations::migrate(&mut client).await.map_err(|error| CliError::Other(error.to_string()))?;
    let head: i64 = client.query_one("SELECT position FROM log_head", &[]).await?.get(0);
    if head > 0 {
        return Err(CliError::Other(format!("{name} holds a log of its own; choose another database")));
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_of_other_databases_are_taken() {
        let mut database = Config::new();
        database.dbname("albumen");
        let name = |name| beside(&database, name).is_ok();
        assert!(name("albumen_2024") && name("then"));
        assert!(!name("albumen") && !name("") && !name("a b") && !name("x; DROP") && !name("Then") && !name("1st"));
    }
}
