//! What kinds of things are kept track of.

/// A kind of thing. In brackets: `scope`, and what `a`, `b` and `key` are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    /// An asset that is gone [its owner: the asset].
    Asset,
    /// An asset that its owner's partners cannot see any more [its owner: the asset].
    PartnerAsset,
    /// A user, as everybody knows them [everybody: the user].
    Account,
    /// A user, as they know themselves [the user: the user].
    OwnAccount,
    /// What a user has set [the user: the user, its name as key].
    UserMetadata,
    /// A client's value [the asset's owner: the asset, its name as key].
    AssetMetadata,
    /// An album [the album: the album]; one that a user cannot see any more [the user: the album].
    Album,
    /// Who owns an album [the album: the user].
    AlbumOwner,
    /// A member of an album [the album: the user].
    AlbumUser,
    /// An asset in an album [the album: the asset].
    AlbumAsset,
    /// The same of a locked asset, which nobody sees there until it is unlocked.
    LockedAlbumAsset,
    /// A stack [its owner: the stack].
    Stack,
    /// An asset in a stack [the stack: the asset].
    StackAsset,
    /// A partnership [the partnership: who shares, with whom].
    Partnership,
    /// The same as each of the two is told of it [one of them: who shares, with whom].
    Partner,
    /// A memory [its owner: the memory].
    Memory,
    /// An asset in a memory [the memory: the asset].
    MemoryAsset,
    /// A person [their owner: the person].
    Person,
    /// A face [the asset's owner: the face, the asset].
    Face,
    /// The same, found by its asset [the asset's owner: the asset, the face].
    FaceOfAsset,
    /// Whose face it is [the person: the face].
    FaceOfPerson,
    /// The face that stands for a person [the person: the face].
    FeatureFace,
    /// A line of text in a picture [the asset's owner: the asset, the line]; text that was read anew [the asset's
    /// owner: the asset].
    Text,
}

impl Kind {
    const ALL: [Self; 23] = [
        Self::Asset,
        Self::PartnerAsset,
        Self::Account,
        Self::OwnAccount,
        Self::UserMetadata,
        Self::AssetMetadata,
        Self::Album,
        Self::AlbumOwner,
        Self::AlbumUser,
        Self::AlbumAsset,
        Self::LockedAlbumAsset,
        Self::Stack,
        Self::StackAsset,
        Self::Partnership,
        Self::Partner,
        Self::Memory,
        Self::MemoryAsset,
        Self::Person,
        Self::Face,
        Self::FaceOfAsset,
        Self::FaceOfPerson,
        Self::FeatureFace,
        Self::Text,
    ];

    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asset => "asset",
            Self::PartnerAsset => "partner-asset",
            Self::Account => "account",
            Self::OwnAccount => "own-account",
            Self::UserMetadata => "user-metadata",
            Self::AssetMetadata => "asset-metadata",
            Self::Album => "album",
            Self::AlbumOwner => "album-owner",
            Self::AlbumUser => "album-user",
            Self::AlbumAsset => "album-asset",
            Self::LockedAlbumAsset => "locked-album-asset",
            Self::Stack => "stack",
            Self::StackAsset => "stack-asset",
            Self::Partnership => "partnership",
            Self::Partner => "partner",
            Self::Memory => "memory",
            Self::MemoryAsset => "memory-asset",
            Self::Person => "person",
            Self::Face => "face",
            Self::FaceOfAsset => "face-of-asset",
            Self::FaceOfPerson => "face-of-person",
            Self::FeatureFace => "feature-face",
            Self::Text => "text",
        }
    }

    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}
