//! What the timeline shows of an asset, packed into one value.
//!
//! A month is asked for as a whole, and sending eighteen columns of seven hundred rows one by one
//! costs the database more than finding them. So each row keeps these values a second time, packed, and
//! a month is the tiles of its rows one after the other. Nothing else reads a tile, and it is made anew
//! whenever its row changes: its form may change with the read model's version.
//!
//! ```text
//! tile  = length of the rest (u32) ‖ flags (u16) ‖ id ‖ owner ‖ taken_at ‖ local_taken_at ‖ created_at
//!         ‖ what the flags name, in the order of the constants below
//! text  = length (u32) ‖ bytes        times are microseconds since 1970 (i64), everything little-endian
//! ```

use chrono::{DateTime, NaiveDateTime, Utc};
use uuid::Uuid;

use super::rows::AssetRow;
use crate::runtime::Storable;

/// What the timeline shows of an asset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tile<'a> {
    /// Its id.
    pub id: Uuid,
    /// Whose.
    pub owner_id: Uuid,
    /// Instant of capture.
    pub taken_at: DateTime<Utc>,
    /// Wall clock at the place of capture.
    pub local_taken_at: NaiveDateTime,
    /// When it was uploaded.
    pub created_at: DateTime<Utc>,
    /// Whether its owner marked it.
    pub favorite: bool,
    /// Whether it is a photo.
    pub is_image: bool,
    /// See [`AssetRow::visibility`].
    pub visibility: &'static str,
    /// Width and height as displayed, in pixels, where both are known.
    pub size: Option<(i32, i32)>,
    /// In milliseconds.
    pub duration_ms: Option<i64>,
    /// The moving half of a live photo.
    pub live_photo_video_id: Option<Uuid>,
    /// Where it was taken.
    pub latitude: Option<f64>,
    /// Where it was taken.
    pub longitude: Option<f64>,
    /// Raw bytes.
    pub thumbhash: Option<&'a [u8]>,
    /// Upper case.
    pub projection_type: Option<&'a str>,
    /// Where it was taken.
    pub city: Option<&'a str>,
    /// Where it was taken.
    pub country: Option<&'a str>,
}

const FAVORITE: u16 = 1;
const IS_IMAGE: u16 = 1 << 1;
const SIZE: u16 = 1 << 2;
const DURATION: u16 = 1 << 3;
const LIVE_PHOTO_VIDEO: u16 = 1 << 4;
const LATITUDE: u16 = 1 << 5;
const LONGITUDE: u16 = 1 << 6;
const THUMBHASH: u16 = 1 << 7;
const PROJECTION_TYPE: u16 = 1 << 8;
const CITY: u16 = 1 << 9;
const COUNTRY: u16 = 1 << 10;
/// From this bit on the number of the visibility.
const VISIBILITY_SHIFT: u32 = 14;
const VISIBILITIES: [&str; 4] = ["timeline", "archive", "hidden", "locked"];

/// Most tiles are shorter, so that one allocation is enough.
const USUAL_BYTES: usize = 192;
const LENGTH_BYTES: usize = size_of::<u32>();

/// The tile of a row.
pub(super) fn packed(row: &AssetRow) -> Vec<u8> {
    let mut tile = Vec::with_capacity(USUAL_BYTES);
    tile.extend([0; LENGTH_BYTES]);
    tile.extend(flags(row).to_le_bytes());
    tile.extend(row.id.as_bytes());
    tile.extend(row.owner_id.as_bytes());
    for time in [row.taken_at, row.local_taken_at.and_utc(), row.created_at] {
        tile.extend(time.timestamp_micros().to_le_bytes());
    }
    if let (Some(width), Some(height)) = (row.width, row.height) {
        tile.extend(width.to_le_bytes());
        tile.extend(height.to_le_bytes());
    }
    tile.extend(row.duration_ms.into_iter().flat_map(i64::to_le_bytes));
    tile.extend(row.live_photo_video_id.into_iter().flat_map(Uuid::into_bytes));
    for degrees in [row.latitude, row.longitude] {
        tile.extend(degrees.into_iter().flat_map(f64::to_le_bytes));
    }
    // As their columns hold them.
    let texts = [&row.projection_type, &row.city, &row.country].map(|text| text.clone().storable());
    let texts = texts.iter().map(|text| text.as_deref().map(str::as_bytes));
    for bytes in [row.thumbhash.as_deref()].into_iter().chain(texts).flatten() {
        tile.extend(length_of(bytes).to_le_bytes());
        tile.extend(bytes);
    }
    let length = length_of(&tile[LENGTH_BYTES..]);
    tile[..LENGTH_BYTES].copy_from_slice(&length.to_le_bytes());
    tile
}

/// No value of a row has 4 GiB.
fn length_of(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

fn flags(row: &AssetRow) -> u16 {
    let visibility = VISIBILITIES.iter().position(|name| *name == row.visibility).unwrap_or_default();
    [
        (FAVORITE, row.favorite),
        (IS_IMAGE, row.kind == "image"),
        (SIZE, row.width.is_some() && row.height.is_some()),
        (DURATION, row.duration_ms.is_some()),
        (LIVE_PHOTO_VIDEO, row.live_photo_video_id.is_some()),
        (LATITUDE, row.latitude.is_some()),
        (LONGITUDE, row.longitude.is_some()),
        (THUMBHASH, row.thumbhash.is_some()),
        (PROJECTION_TYPE, row.projection_type.is_some()),
        (CITY, row.city.is_some()),
        (COUNTRY, row.country.is_some()),
    ]
    .into_iter()
    .filter(|(_, is_set)| *is_set)
    .fold((visibility as u16) << VISIBILITY_SHIFT, |flags, (flag, _)| flags | flag)
}

impl<'a> Tile<'a> {
    /// Takes the first tile off `tiles`; none at the end, or where they are none.
    pub(super) fn take(tiles: &mut &'a [u8]) -> Option<Self> {
        let length = u32::from_le_bytes(array(tiles)?) as usize;
        let (mut rest, further) = tiles.split_at_checked(length)?;
        *tiles = further;
        Self::unpacked(&mut rest)
    }

    fn unpacked(rest: &mut &'a [u8]) -> Option<Self> {
        let flags = u16::from_le_bytes(array(rest)?);
        let has = |flag| flags & flag != 0;
        Some(Self {
            favorite: has(FAVORITE),
            is_image: has(IS_IMAGE),
            visibility: VISIBILITIES[usize::from(flags >> VISIBILITY_SHIFT)],
            id: uuid(rest)?,
            owner_id: uuid(rest)?,
            taken_at: instant(rest)?,
            local_taken_at: instant(rest)?.naive_utc(),
            created_at: instant(rest)?,
            size: if has(SIZE) { Some((side(rest)?, side(rest)?)) } else { None },
            duration_ms: if has(DURATION) { Some(i64::from_le_bytes(array(rest)?)) } else { None },
            live_photo_video_id: if has(LIVE_PHOTO_VIDEO) { Some(uuid(rest)?) } else { None },
            latitude: if has(LATITUDE) { Some(f64::from_le_bytes(array(rest)?)) } else { None },
            longitude: if has(LONGITUDE) { Some(f64::from_le_bytes(array(rest)?)) } else { None },
            thumbhash: if has(THUMBHASH) { Some(bytes(rest)?) } else { None },
            projection_type: if has(PROJECTION_TYPE) { Some(text(rest)?) } else { None },
            city: if has(CITY) { Some(text(rest)?) } else { None },
            country: if has(COUNTRY) { Some(text(rest)?) } else { None },
        })
    }
}

fn array<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, further) = rest.split_first_chunk()?;
    *rest = further;
    Some(*first)
}

fn uuid(rest: &mut &[u8]) -> Option<Uuid> {
    array(rest).map(Uuid::from_bytes)
}

fn instant(rest: &mut &[u8]) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(i64::from_le_bytes(array(rest)?))
}

fn side(rest: &mut &[u8]) -> Option<i32> {
    array(rest).map(i32::from_le_bytes)
}

fn bytes<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = u32::from_le_bytes(array(rest)?) as usize;
    let (bytes, further) = rest.split_at_checked(length)?;
    *rest = further;
    Some(bytes)
}

fn text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    std::str::from_utf8(bytes(rest)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: u128) -> AssetRow {
        let at = DateTime::from_timestamp_micros(1_700_000_000_123_456).expect("a time of this test");
        AssetRow { id: Uuid::from_u128(number), ..AssetRow::for_tests(at) }
    }

    fn full() -> AssetRow {
        AssetRow {
            favorite: true,
            visibility: "locked".to_owned(),
            width: Some(4000),
            height: Some(3000),
            duration_ms: Some(-1),
            live_photo_video_id: Some(Uuid::from_u128(9)),
            latitude: Some(-0.1),
            longitude: Some(180.0),
            thumbhash: Some(vec![1, 2, 3]),
            projection_type: Some("EQUIRECTANGULAR".to_owned()),
            city: Some(String::new()),
            country: Some("Österreich".to_owned()),
            ..row(1)
        }
    }

    #[test]
    fn what_is_packed_comes_out_again() {
        let (full, bare) = (full(), row(2));
        let packed = [packed(&full), packed(&bare)].concat();
        let mut rest = packed.as_slice();
        let tile = Tile::take(&mut rest).expect("a tile");
        assert_eq!((tile.id, tile.owner_id, tile.favorite, tile.is_image), (full.id, full.owner_id, true, true));
        assert_eq!(tile.local_taken_at, full.local_taken_at);
        assert_eq!((tile.taken_at, tile.created_at), (full.taken_at, full.created_at));
        assert_eq!((tile.visibility, tile.size, tile.duration_ms), ("locked", Some((4000, 3000)), Some(-1)));
        assert_eq!(tile.live_photo_video_id, full.live_photo_video_id);
        assert_eq!((tile.latitude, tile.longitude), (full.latitude, full.longitude));
        assert_eq!(tile.thumbhash, full.thumbhash.as_deref());
        assert_eq!(tile.projection_type, full.projection_type.as_deref());
        assert_eq!((tile.city, tile.country), (Some(""), full.country.as_deref()));
        let tile = Tile::take(&mut rest).expect("a tile");
        assert_eq!((tile.id, tile.visibility, tile.favorite), (bare.id, "timeline", false));
        assert_eq!((tile.size, tile.duration_ms, tile.thumbhash, tile.city), (None, None, None, None));
        assert_eq!(Tile::take(&mut rest), None);
    }

    #[test]
    fn a_nul_is_left_out_as_from_the_columns() {
        let named = |city: &str| packed(&AssetRow { city: Some(city.to_owned()), ..row(1) });
        assert_eq!(named("a\0b"), named("ab"));
    }

    #[test]
    fn what_is_cut_off_is_no_tile() {
        let whole = packed(&full());
        for length in 0..whole.len() {
            assert_eq!(Tile::take(&mut &whole[..length]), None, "{length} bytes");
        }
    }
}
