//! The SQL migrations of the log and of what stands beside it.

mod embedded {
    #![allow(missing_docs)]
    refinery::embed_migrations!("migrations");
}

/// Brings the database to this release's schema. Safe to call at every start.
///
/// # Errors
/// The database refuses a migration, or holds migrations of a newer release.
pub async fn migrate(client: &mut tokio_postgres::Client) -> Result<(), refinery::Error> {
    embedded::migrations::runner().run_async(client).await.map(|_| ())
}
