//! Makes tags of what a file says, and puts them on its asset.

use albumen_commands::{CommandError, Context, StoreError};
use albumen_domain::{
    Personal,
    asset::{
        Asset, AssetCommand,
        metadata::{Sources, Tags, interpret},
    },
    processing::MetadataRead,
    tag::TagRefusal,
};
use albumen_projections::{library::AssetRow, work::Claimed};

use super::{Failure, Workshop};
use crate::tags::{UpsertError, upsert};

/// Puts the tags on the asset that its file names. It is done before the reading is reported: should
/// it fail, the reading is done again, and with it this.
pub(super) async fn put_on(
    workshop: &Workshop,
    work: &Claimed,
    asset: &AssetRow,
    read: &MetadataRead,
) -> Result<(), Failure> {
    // A person's word outlasts the file's: tags that nobody would get are not made.
    if asset.said().tagged {
        return Ok(());
    }
    let context = Context::job("metadata", Some(work.revision));
    let paths = named(asset, read);
    let tags = match upsert(&workshop.commands, &workshop.reads, asset.owner_id, &paths, &context).await {
        Ok(tags) => tags,
        Err(UpsertError::Command(
            CommandError::Refused(TagRefusal::TooLong) | CommandError::Store(StoreError::Erased(_)),
        )) => return Ok(()),
        Err(error) => return Err(Failure::for_now(error)),
    };
    match workshop.commands.execute::<Asset>(asset.id, AssetCommand::ReadTags(tags), &context).await {
        // Gone meanwhile.
        Ok(_) | Err(CommandError::Refused(_)) => Ok(()),
        Err(error) => Err(Failure::for_now(error)),
    }
}

fn named(asset: &AssetRow, read: &MetadataRead) -> Vec<String> {
    let nothing = Tags::new();
    let sources = Sources {
        file: read.file.known().unwrap_or(&nothing),
        sidecar: read.sidecar.as_ref().and_then(Personal::known),
        stat: &read.stat,
        probe: read.probe.as_ref(),
        place: read.place.as_ref().and_then(Personal::known),
        uploaded_file_created_at: asset.uploaded_file_created_at,
        is_video: asset.kind == "video",
    };
    interpret(&sources).tags
}
