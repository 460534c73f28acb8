//! What a part of a name or a description can be found by, without looking at every asset: the groups of
//! three letters in them, numbered, in an index of their own.
//!
//! They stand apart from the assets' rows because these change several times, and the texts hardly ever:
//! the index is written once for an asset.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::rows::AssetRow;
use crate::runtime::{Batch, Storable, Writer};

/// Letters of a group.
const LETTERS: usize = 3;

/// Whose groups they are: those of a name are not those of a description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Text {
    FileName,
    Description,
}

impl Text {
    const fn seed(self) -> u32 {
        match self {
            Self::FileName => 0x811c_9dc5,
            Self::Description => 0x0100_0193,
        }
    }
}

/// FNV-1a. Two groups can get one number: the texts themselves are compared afterwards.
fn number_of(text: Text, group: &[char]) -> i32 {
    const PRIME: u32 = 0x0100_0193;
    let hash = group.iter().fold(text.seed(), |hash, letter| (hash ^ *letter as u32).wrapping_mul(PRIME));
    hash.cast_signed()
}

fn groups(text: Text, folded: &str) -> impl Iterator<Item = i32> {
    let letters: Vec<char> = folded.chars().collect();
    let numbers: Vec<i32> = letters.windows(LETTERS).map(|group| number_of(text, group)).collect();
    numbers.into_iter()
}

/// The groups that every text has in which this part of one is found; none when it is too short. What
/// stands on both sides of a wildcard is not together in the text.
pub(super) fn wanted(text: Text, folded_part: &str) -> Vec<i32> {
    let pieces = folded_part.split(['%', '_', '\\']);
    let all: BTreeSet<i32> = pieces.flat_map(|piece| groups(text, piece)).collect();
    all.into_iter().collect()
}

/// All groups of an asset's texts in the words of PostgreSQL, sorted and each once.
fn of(row: &AssetRow) -> String {
    let name = row.file_name_folded.clone().storable();
    let description = row.description_folded.clone().storable();
    let all: BTreeSet<i32> = groups(Text::FileName, &name).chain(groups(Text::Description, &description)).collect();
    let numbers: Vec<String> = all.iter().map(ToString::to_string).collect();
    format!("{{{}}}", numbers.join(","))
}

/// Writes what the changes of `assets` make of the groups.
pub(super) async fn save(writer: &mut Writer<'_>, assets: &Batch<AssetRow>) -> Result<(), tokio_postgres::Error> {
    let (mut ids, mut grams, mut gone) = (Vec::new(), Vec::new(), Vec::new());
    for change in assets.changes() {
        match change {
            (Some(old), Some(new)) if has_same_texts(old, new) => {}
            (_, Some(new)) => {
                ids.push(new.id);
                grams.push(of(new));
            }
            (Some(old), None) => gone.push(old.id),
            (None, None) => {}
        }
    }
    if !ids.is_empty() {
        writer.execute(include_str!("sql/save_grams.sql"), &[&ids, &grams]).await?;
    }
    if !gone.is_empty() {
        delete(writer, &gone).await?;
    }
    Ok(())
}

async fn delete(writer: &mut Writer<'_>, ids: &[Uuid]) -> Result<(), tokio_postgres::Error> {
    writer.execute("DELETE FROM asset_gram WHERE asset_id = ANY($1)", &[&ids]).await.map(|_| ())
}

fn has_same_texts(old: &AssetRow, new: &AssetRow) -> bool {
    old.file_name_folded == new.file_name_folded && old.description_folded == new.description_folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_contains_a_part_has_its_groups() {
        let text: BTreeSet<i32> = groups(Text::FileName, "img_0815.jpg").collect();
        for part in ["img", "0815", "15.j", "img_0815.jpg", "img%jpg", "i", "", "im_0"] {
            assert!(wanted(Text::FileName, part).iter().all(|group| text.contains(group)), "{part}");
        }
        assert!(wanted(Text::FileName, "0816").iter().any(|group| !text.contains(group)));
        assert!(wanted(Text::Description, "img").iter().all(|group| !text.contains(group)));
        assert_eq!(wanted(Text::FileName, "im%g_0"), Vec::<i32>::new());
    }
}
