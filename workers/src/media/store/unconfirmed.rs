//! Files on their way to the event that makes them somebody's.

use bytes::Bytes;

use super::{MediaPath, MediaStore, StoreError};

/// Announces files before they appear, so that a crash leaves none that nobody knows of.
///
/// Dropped without [`Self::keep`] or [`Self::discard`] (where nobody can say whether the event was
/// written), the announcement stands, and the next start asks the read models.
#[must_use]
pub struct Unconfirmed<'a> {
    media: &'a dyn MediaStore,
    paths: Vec<MediaPath>,
}

impl<'a> Unconfirmed<'a> {
    /// Announces the files that are to appear at `paths`.
    ///
    /// # Errors
    /// See [`MediaStore::announce`].
    pub async fn announce(media: &'a dyn MediaStore, paths: Vec<MediaPath>) -> Result<Self, StoreError> {
        for path in &paths {
            media.announce(path).await?;
        }
        Ok(Self { media, paths })
    }

    /// Announces one small file and makes it.
    ///
    /// # Errors
    /// See [`StoreError`]; nothing is left of it then.
    pub async fn write(media: &'a dyn MediaStore, path: &MediaPath, bytes: Bytes) -> Result<Self, StoreError> {
        let announced = Self::announce(media, vec![path.clone()]).await?;
        match write(media, path, bytes).await {
            Ok(()) => Ok(announced),
            Err(error) => {
                announced.discard().await;
                Err(error)
            }
        }
    }

    /// The event is written: the files stay.
    pub async fn keep(self) {
        for path in &self.paths {
            if let Err(error) = self.media.confirm(path).await {
                tracing::warn!(%error, "an announcement could not be taken back; the next start does it");
            }
        }
    }

    /// No event was written, nor will be: removes those of the files that are there.
    pub async fn discard(self) {
        for path in &self.paths {
            if let Err(error) = self.media.delete(path).await {
                tracing::warn!(%error, "a file that nothing refers to could not be removed; the next start does it");
                return;
            }
        }
        self.keep().await;
    }
}

async fn write(media: &dyn MediaStore, path: &MediaPath, bytes: Bytes) -> Result<(), StoreError> {
    let mut file = media.begin(path).await?;
    file.write(bytes).await?;
    file.finish(None).await.map(drop)
}
