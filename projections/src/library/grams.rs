//! What a part of a name, of a description or of a path can be found by, without looking at every asset: the
//! groups of three letters in them, numbered, in an index of their own; of names and descriptions also those of
//! two, for those who have written no more yet.
//!
//! In the paths of uploads the numbers of the assets stand, of which nobody remembers a part, and which would
//! fill the index: groups that can be part of a number are left out, but for those beside the end of a folder's name,
//! which are few and are what a path is looked for by. Who looks for a part from within a number waits for all
//! assets to be looked at, and so does who looks for a single letter that is rare.
//!
//! They stand apart from the assets' rows because these change several times, and the texts hardly ever:
//! the index is written once for an asset.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::rows::AssetRow;
use crate::runtime::{Batch, Storable, Writer};

/// Letters of a group.
const LETTERS: usize = 3;
/// Of a group that is looked for where there are no more letters.
const FEW_LETTERS: usize = 2;

/// Whose groups they are: those of a name are not those of a description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Text {
    FileName,
    Description,
    Path,
}

impl Text {
    const fn seed(self) -> u32 {
        match self {
            Self::FileName => 0x811c_9dc5,
            Self::Description => 0x0100_0193,
            Self::Path => 0x2c1b_3c6d,
        }
    }

    /// Lengths of the groups that the index has.
    const fn lengths(self) -> &'static [usize] {
        match self {
            Self::FileName | Self::Description => &[LETTERS, FEW_LETTERS],
            Self::Path => &[LETTERS],
        }
    }

    fn is_indexed(self, group: &[char]) -> bool {
        let is_within_number = || group.iter().all(|letter| is_of_number(*letter));
        self != Self::Path || (group.iter().all(char::is_ascii) && !is_within_number())
    }
}

/// FNV-1a. Two groups can get one number: the texts themselves are compared afterwards.
fn number_of(text: Text, group: &[char]) -> i32 {
    const PRIME: u32 = 0x0100_0193;
    let hash = group.iter().fold(text.seed(), |hash, letter| (hash ^ *letter as u32).wrapping_mul(PRIME));
    hash.cast_signed()
}

/// What the number of an asset is written with, and what stands behind it.
const fn is_of_number(letter: char) -> bool {
    letter.is_ascii_hexdigit() || matches!(letter, '-' | '.')
}

/// Paths are found in any case. What that means beyond ASCII is for the database to say, so no group has such
/// letters.
pub(super) fn folded_path(path: &str) -> String {
    path.to_ascii_lowercase()
}

fn groups(text: Text, folded: &str, length: usize) -> Vec<i32> {
    let letters: Vec<char> = folded.chars().collect();
    let groups = letters.windows(length).filter(|group| text.is_indexed(group));
    groups.map(|group| number_of(text, group)).collect()
}

fn all_groups(text: Text, folded: &str) -> impl Iterator<Item = i32> {
    text.lengths().iter().flat_map(move |length| groups(text, folded, *length))
}

/// The groups that every text has in which this part of one is found; none when it is too short. What
/// stands on both sides of a wildcard is not together in the text.
pub(super) fn wanted(text: Text, folded_part: &str) -> Vec<i32> {
    let pieces: Vec<&str> = folded_part.split(['%', '_', '\\']).collect();
    // The longer ones say all that the shorter ones do.
    let of_length =
        |length: &usize| -> BTreeSet<i32> { pieces.iter().flat_map(|piece| groups(text, piece, *length)).collect() };
    let found = text.lengths().iter().map(of_length).find(|found| !found.is_empty());
    found.unwrap_or_default().into_iter().collect()
}

/// All groups of an asset's texts in the words of PostgreSQL, sorted and each once.
fn of(row: &AssetRow) -> String {
    let name = row.file_name_folded.clone().storable();
    let description = row.description_folded.clone().storable();
    let path = folded_path(&row.path).storable();
    let all: BTreeSet<i32> = [(Text::FileName, &name), (Text::Description, &description), (Text::Path, &path)]
        .into_iter()
        .flat_map(|(text, folded)| all_groups(text, folded))
        .collect();
    let numbers: Vec<String> = all.iter().map(ToString::to_string).collect();
    format!("{{{}}}", numbers.join(","))
}

/// Writes what the changes of `assets` make of the groups.
pub(super) async fn save(writer: &mut Writer<'_>, assets: &Batch<AssetRow>) -> Result<(), tokio_postgres::Error> {
    let (mut ids, mut owners, mut names) = (Vec::new(), Vec::new(), Vec::new());
    let (mut grams, mut gone) = (Vec::new(), Vec::new());
    for change in assets.changes() {
        match change {
            (Some(old), Some(new)) if has_same_texts(old, new) => {}
            (_, Some(new)) => {
                ids.push(new.id);
                owners.push(new.owner_id);
                names.push(new.file_name_folded.clone().storable());
                grams.push(of(new));
            }
            (Some(old), None) => gone.push(old.id),
            (None, None) => {}
        }
    }
    if !ids.is_empty() {
        writer.execute(include_str!("sql/save_grams.sql"), &[&ids, &owners, &names, &grams]).await?;
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
    old.file_name_folded == new.file_name_folded
        && old.description_folded == new.description_folded
        && old.path == new.path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: Text, folded: &str) -> BTreeSet<i32> {
        all_groups(text, folded).collect()
    }

    #[test]
    fn whatever_contains_a_part_has_its_groups() {
        let text = all(Text::FileName, "img_0815.jpg");
        for part in ["img", "0815", "15.j", "img_0815.jpg", "img%jpg", "i", "", "im_0", "mg", "m"] {
            assert!(wanted(Text::FileName, part).iter().all(|group| text.contains(group)), "{part}");
        }
        for part in ["0816", "qz", "mi"] {
            assert!(wanted(Text::FileName, part).iter().any(|group| !text.contains(group)), "{part}");
        }
        assert!(wanted(Text::Description, "img").iter().all(|group| !text.contains(group)));
        assert_eq!(wanted(Text::FileName, "i%g_0"), Vec::<i32>::new());
    }

    #[test]
    fn of_paths_the_numbers_are_left_out_but_for_their_ends_in_folders() {
        let path = folded_path("upload/1b4e28ba/1b/4e/1b4e28ba-2fa1-11d2.JPG");
        let text = all(Text::Path, &path);
        assert!(text.len() < 20, "{}", text.len());
        for part in ["upload", "upload/1b", "d2.jpg", "4e28", "/1b/4e/"] {
            assert!(wanted(Text::Path, part).iter().all(|group| text.contains(group)), "{part}");
        }
        assert_eq!(wanted(Text::Path, "4e28"), Vec::<i32>::new());
        for part in ["/1b/4f/", "/2b/"] {
            assert!(wanted(Text::Path, part).iter().any(|group| !text.contains(group)), "{part}");
        }
        assert!(wanted(Text::Path, "no such folder").iter().any(|group| !text.contains(group)));
    }
}
