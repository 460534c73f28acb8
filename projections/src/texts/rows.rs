//! The rows of this read model.

use albumen_domain::text::{TextLine, TextRead};
use uuid::Uuid;

use super::words;
use crate::runtime::table;

table! {
    /// What was read on an asset.
    pub struct ReadingRow = "reading" [asset_id] {
        /// The asset.
        asset_id: Uuid = "uuid",
        /// Whose that is.
        owner_id: Uuid = "uuid",
        /// Position of the event that tells of it.
        position: i64 = "bigint",
        /// By which model.
        model: String = "text",
        /// What it can be found by.
        words: String = "text",
    }
}

table! {
    /// A line of text.
    pub struct LineRow = "line" [id] {
        /// Its id.
        id: Uuid = "uuid",
        /// On which asset.
        asset_id: Uuid = "uuid",
        /// From 0, in the order of reading.
        place: i32 = "integer",
        /// Left corner above, as a portion of the width.
        x1: f64 = "double precision",
        /// The same of the height.
        y1: f64 = "double precision",
        /// Right corner above.
        x2: f64 = "double precision",
        /// Right corner above.
        y2: f64 = "double precision",
        /// Right corner below.
        x3: f64 = "double precision",
        /// Right corner below.
        y3: f64 = "double precision",
        /// Left corner below.
        x4: f64 = "double precision",
        /// Left corner below.
        y4: f64 = "double precision",
        /// How sure it is that there is text.
        box_score: f64 = "double precision",
        /// How sure the letters are.
        text_score: f64 = "double precision",
        /// What it says.
        text: String = "text",
    }
}

/// An odd number without a pattern, which spreads positions and places over all bits of an id.
const SPREAD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
/// Bits for the place of a line: there are far fewer.
const PLACE_BITS: u32 = 20;

/// The id of a line of the reading at `position`.
pub(crate) fn line_id(asset: Uuid, position: i64, place: usize) -> Uuid {
    let line = (u128::from(position.unsigned_abs()) << PLACE_BITS) | place as u128;
    uuid::Builder::from_random_bytes((asset.as_u128() ^ line.wrapping_mul(SPREAD)).to_be_bytes()).into_uuid()
}

impl ReadingRow {
    pub(super) fn of(asset_id: Uuid, position: i64, read: &TextRead, lines: &[TextLine]) -> Self {
        Self {
            asset_id,
            owner_id: read.owner,
            position,
            model: read.model.clone(),
            words: words::document(lines.iter().map(|line| line.text.as_str())),
        }
    }
}

impl LineRow {
    pub(super) fn of(asset_id: Uuid, position: i64, place: usize, line: &TextLine) -> Self {
        let [x1, y1, x2, y2, x3, y3, x4, y4] = line.corners;
        Self {
            id: line_id(asset_id, position, place),
            asset_id,
            place: i32::try_from(place).unwrap_or(i32::MAX),
            x1,
            y1,
            x2,
            y2,
            x3,
            y3,
            x4,
            y4,
            box_score: line.box_score,
            text_score: line.text_score,
            text: line.text.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_line_has_an_id_of_its_own() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let all = [line_id(one, 7, 0), line_id(one, 7, 1), line_id(one, 8, 0), line_id(other, 7, 0)];
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
        assert!(all.iter().all(|id| id.get_version_num() == 4));
        assert_eq!(line_id(one, 7, 1), all[1]);
    }
}
