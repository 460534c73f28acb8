//! The words of the sync protocol: what a device asks for, what it is sent, what it acknowledges.

use uuid::Uuid;

/// Declares an enum of names that travel.
macro_rules! names {
    ($(#[$meta:meta])* pub enum $name:ident { $($variant:ident),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "each is a name of the protocol")]
        pub enum $name { $($variant),+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// As it travels.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant)),+ }
            }

            /// The one of that name.
            #[must_use]
            pub fn by_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == name)
            }
        }
    };
}

names! {
    /// What a device asks for, in the order in which it is served: what others refer to comes first.
    pub enum RequestType {
        AuthUsersV1, UsersV1, PartnersV1, AssetsV2, StacksV1, PartnerAssetsV2, PartnerStacksV1, AlbumAssetsV2,
        AlbumsV1, AlbumsV2, AlbumUsersV1, AlbumToAssetsV1, AssetExifsV1, AlbumAssetExifsV1, AssetOcrV1,
        PartnerAssetExifsV1, MemoriesV1, MemoryToAssetsV1, PeopleV1, AssetFacesV2, UserMetadataV1, AssetMetadataV1,
        AssetEditsV1,
    }
}

names! {
    /// What a line is about.
    pub enum EntityType {
        AuthUserV1, UserV1, UserDeleteV1, AssetV1, AssetV2, AssetDeleteV1, AssetExifV1, AssetEditV1, AssetEditDeleteV1,
        AssetMetadataV1, AssetMetadataDeleteV1, AssetOcrV1, AssetOcrDeleteV1, PartnerV1, PartnerDeleteV1,
        PartnerAssetV1, PartnerAssetV2, PartnerAssetBackfillV1, PartnerAssetBackfillV2, PartnerAssetDeleteV1,
        PartnerAssetExifV1, PartnerAssetExifBackfillV1, PartnerStackBackfillV1, PartnerStackDeleteV1, PartnerStackV1,
        AlbumV1, AlbumV2, AlbumDeleteV1, AlbumUserV1, AlbumUserBackfillV1, AlbumUserDeleteV1, AlbumAssetCreateV1,
        AlbumAssetCreateV2, AlbumAssetUpdateV1, AlbumAssetUpdateV2, AlbumAssetBackfillV1, AlbumAssetBackfillV2,
        AlbumAssetExifCreateV1, AlbumAssetExifUpdateV1, AlbumAssetExifBackfillV1, AlbumToAssetV1,
        AlbumToAssetDeleteV1, AlbumToAssetBackfillV1, MemoryV1, MemoryDeleteV1, MemoryToAssetV1,
        MemoryToAssetDeleteV1, StackV1, StackDeleteV1, PersonV1, PersonDeleteV1, AssetFaceV1, AssetFaceV2,
        AssetFaceDeleteV1, UserMetadataV1, UserMetadataDeleteV1, SyncAckV1, SyncResetV1, SyncCompleteV1,
    }
}

/// Acknowledges a [`EntityType::SyncResetV1`].
pub const RESET_ACK: &str = "SyncResetV1|reset";

/// How far a device has come with one type of lines. A device sends it back as it got it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ack {
    /// Lines of this type.
    pub entity: EntityType,
    /// Up to this change. Of a backfill: the change by which its container came to be.
    pub change: i64,
    /// How far it has come with a container.
    pub extra: Option<Extra>,
}

/// See [`Ack::extra`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extra {
    /// Up to this change.
    Change(i64),
    /// All of it.
    Complete,
}

/// Where the parts of an acknowledgement meet.
const SEPARATOR: char = '|';
/// Instead of a change, where a container is complete.
const COMPLETE: &str = "complete";

impl Ack {
    /// Up to a change.
    #[must_use]
    pub const fn up_to(entity: EntityType, change: i64) -> Self {
        Self { entity, change, extra: None }
    }

    /// As it travels. `time_ms` is the time of the stream it belongs to.
    #[must_use]
    pub fn text(self, time_ms: i64) -> String {
        let id = |change| update_id(time_ms, change);
        let start = format!("{}{SEPARATOR}{}", self.entity.as_str(), id(self.change));
        match self.extra {
            None => start,
            Some(Extra::Complete) => format!("{start}{SEPARATOR}{COMPLETE}"),
            Some(Extra::Change(change)) => format!("{start}{SEPARATOR}{}", id(change)),
        }
    }

    /// The acknowledgement of a text, with the time of the stream it belongs to.
    #[must_use]
    pub fn parse(text: &str) -> Option<(Self, i64)> {
        let mut parts = text.splitn(3, SEPARATOR);
        let entity = EntityType::by_name(parts.next()?)?;
        let (time_ms, change) = time_and_change(parts.next()?)?;
        let extra = match parts.next() {
            None => None,
            Some(COMPLETE) => Some(Extra::Complete),
            Some(id) => Some(Extra::Change(time_and_change(id)?.1)),
        };
        Some((Self { entity, change, extra }, time_ms))
    }
}

/// The low bits of a change that go into the last part of an id; the others go into the middle.
const LOW_BITS: u32 = 51;
/// Bits of an id's last part that are left over.
const SPARE_BITS: u32 = 62 - LOW_BITS;

/// A UUID of version 7: its time, and in place of its random bits a change.
fn update_id(time_ms: i64, change: i64) -> Uuid {
    let (time_ms, change) = (time_ms.max(0) as u64, change.max(0) as u64);
    let high = (time_ms << 16) | 0x7000 | (change >> LOW_BITS);
    let low = (0b10 << 62) | ((change & ((1 << LOW_BITS) - 1)) << SPARE_BITS);
    Uuid::from_u64_pair(high, low)
}

fn time_and_change(text: &str) -> Option<(i64, i64)> {
    let id = Uuid::try_parse(text).ok()?;
    if id.get_version_num() != 7 {
        return None;
    }
    let (high, low) = id.as_u64_pair();
    // Ours leave the spare bits empty. Of any other id only the time means something.
    let is_ours = low & ((1 << SPARE_BITS) - 1) == 0;
    let change = if is_ours { ((high & 0x0fff) << LOW_BITS) | ((low & (u64::MAX >> 2)) >> SPARE_BITS) } else { 0 };
    Some((i64::try_from(high >> 16).ok()?, i64::try_from(change).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-01 in milliseconds.
    const TIME_MS: i64 = 1_767_225_600_000;

    #[test]
    fn what_a_device_sends_back_is_what_it_got() {
        for change in [0, 1, 1 << 20, (1 << LOW_BITS) - 1, 1 << LOW_BITS, i64::MAX] {
            for extra in [None, Some(Extra::Complete), Some(Extra::Change(change / 2))] {
                let ack = Ack { entity: EntityType::AlbumToAssetBackfillV1, change, extra };
                assert_eq!(Ack::parse(&ack.text(TIME_MS)), Some((ack, TIME_MS)), "{change} {extra:?}");
            }
        }
    }

    #[test]
    fn an_update_id_is_a_uuid_of_version_7_that_holds_its_time() {
        let id = update_id(TIME_MS, 77 << 20);
        assert_eq!((id.get_version_num(), id.get_variant()), (7, uuid::Variant::RFC4122));
        assert_eq!(id.as_u64_pair().0 >> 16, TIME_MS as u64);
        assert!(update_id(TIME_MS, 78 << 20) > id, "later changes have greater ids");
    }

    #[test]
    fn of_an_id_that_is_not_ours_only_the_time_counts() {
        let id = Uuid::from_u64_pair(((TIME_MS as u64) << 16) | 0x7fff, (0b10 << 62) | (u64::MAX >> 2));
        let begun = Ack::up_to(EntityType::SyncCompleteV1, 0);
        assert_eq!(Ack::parse(&format!("SyncCompleteV1|{id}")), Some((begun, TIME_MS)));
    }

    #[test]
    fn what_was_not_sent_is_not_understood() {
        let id = update_id(TIME_MS, 5).to_string();
        for text in [
            "",
            "AssetV2",
            "AssetV2|",
            "AssetV2|x",
            "Nothing|x",
            RESET_ACK,
            "AssetV2|0b7a9d3e-52b4-4f7d-9c0b-3f0f6d0f1a11",
        ] {
            assert_eq!(Ack::parse(text), None, "{text}");
        }
        assert_eq!(Ack::parse(&format!("AssetV2|{id}|else")), None);
        assert!(Ack::parse(&format!("AssetV2|{id}")).is_some());
    }
}
