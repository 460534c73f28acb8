//! The first user and the first photo of an empty installation.

use std::path::PathBuf;

use crate::{
    Fault,
    api::{Credentials, Photo, Session, uploaded_id},
    block_on,
    http::{Base, Connection},
};

/// Sign up and upload one photo.
#[derive(clap::Args)]
pub(crate) struct PrepareCommand {
    /// Where the server is
    #[arg(long, default_value = "http://127.0.0.1:2283")]
    base: Base,
    #[command(flatten)]
    credentials: Credentials,
    /// A JPEG, of about 185 kB
    #[arg(long, value_name = "FILE")]
    photo: PathBuf,
}

impl PrepareCommand {
    pub(crate) fn run(self) -> Result<(), Fault> {
        block_on(self.prepare())
    }

    async fn prepare(self) -> Result<(), Fault> {
        let photo = Photo::read(&self.photo)?;
        let session = Session::begin(&self.base, &self.credentials).await?;
        let mut connection = Connection::open(&self.base).await?;
        let asset = uploaded_id(connection.ask(&session.upload(&photo)).await?)?;
        session.wait_until_done(&mut connection, &[asset]).await?;
        println!("asset {asset} has its small pictures; `albumen-bench seed` takes them as a pattern");
        Ok(())
    }
}
