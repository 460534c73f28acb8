//! Faces that other programs have marked in a file: regions by the Metadata Working Group.
//!
//! They are measured on the picture as it is stored, before it is turned; we turn them with it.

use serde_json::Value;

use super::{
    Tags,
    geometry::orientation_of_tag,
    tags::{MergedTags, number_of, text_of},
};
use crate::face::FaceBox;

/// More marks than this are no people on a photo.
const MAX_REGIONS: usize = 1_000;

/// A marked face of somebody with a name.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedRegion {
    /// As it is written there.
    pub name: String,
    /// In the picture as it is displayed.
    pub area: FaceBox,
}

/// The marks of faces with names in a file, or in its sidecar where that has any.
#[must_use]
pub fn named_regions(file: &Tags, sidecar: Option<&Tags>) -> Vec<NamedRegion> {
    let tags = MergedTags::new(file, sidecar);
    let Some(info) = tags.value("RegionInfo") else { return Vec::new() };
    let Some(frame) = frame_of(&info["AppliedToDimensions"]) else { return Vec::new() };
    let orientation = tags.value("Orientation").and_then(orientation_of_tag).unwrap_or(1);
    let regions = info["RegionList"].as_array().into_iter().flatten().take(MAX_REGIONS);
    regions
        .filter(|region| is_of_face(region))
        .filter_map(|region| {
            let area = Area::of(&region["Area"])?.turned(orientation);
            Some(NamedRegion { name: text_of(&region["Name"])?, area: area.in_frame(turned_frame(frame, orientation)) })
        })
        .collect()
}

/// Pets, codes and what was in focus are marked in the same way; a mark that does not say what it is of is of a face.
fn is_of_face(region: &Value) -> bool {
    text_of(&region["Type"]).is_none_or(|kind| kind.eq_ignore_ascii_case("Face"))
}

/// Width and height that the marks were made in.
fn frame_of(dimensions: &Value) -> Option<(f64, f64)> {
    let (width, height) = (number_of(&dimensions["W"])?, number_of(&dimensions["H"])?);
    let is_size = |side: f64| (1.0..=f64::from(i32::MAX)).contains(&side);
    (is_size(width) && is_size(height)).then_some((width, height))
}

/// Whether a picture of this orientation lies on its side.
const fn is_sideways(orientation: i16) -> bool {
    matches!(orientation, 5..=8)
}

const fn turned_frame(frame: (f64, f64), orientation: i16) -> (f64, f64) {
    if is_sideways(orientation) { (frame.1, frame.0) } else { frame }
}

/// A centre and a size, as fractions of the frame.
#[derive(Clone, Copy)]
struct Area {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

impl Area {
    fn of(area: &Value) -> Option<Self> {
        let number = |name: &str| number_of(&area[name]);
        Some(Self { x: number("X")?, y: number("Y")?, width: number("W")?, height: number("H")? })
    }

    fn turned(self, orientation: i16) -> Self {
        let Self { x, y, width, height } = self;
        let (x, y) = match orientation {
            2 => (1.0 - x, y),
            3 => (1.0 - x, 1.0 - y),
            4 => (x, 1.0 - y),
            5 => (y, x),
            6 => (1.0 - y, x),
            7 => (1.0 - y, 1.0 - x),
            8 => (y, 1.0 - x),
            _ => (x, y),
        };
        let (width, height) = if is_sideways(orientation) { (height, width) } else { (width, height) };
        Self { x, y, width, height }
    }

    fn in_frame(self, (frame_width, frame_height): (f64, f64)) -> FaceBox {
        // `as` stays within what an integer holds.
        let pixels = |fraction: f64, side: f64| (fraction * side).floor() as i32;
        FaceBox {
            frame_width: frame_width as i32,
            frame_height: frame_height as i32,
            left: pixels(self.x - self.width / 2.0, frame_width),
            top: pixels(self.y - self.height / 2.0, frame_height),
            right: pixels(self.x + self.width / 2.0, frame_width),
            bottom: pixels(self.y + self.height / 2.0, frame_height),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tags(orientation: Value, regions: Value) -> Tags {
        let info = json!({"AppliedToDimensions": {"W": 400, "H": 300, "Unit": "pixel"}, "RegionList": regions});
        serde_json::from_value(json!({"Orientation": orientation, "RegionInfo": info})).unwrap()
    }

    fn area(x: f64, y: f64, w: f64, h: f64) -> Value {
        json!({"X": x, "Y": y, "W": w, "H": h, "Unit": "normalized"})
    }

    fn corners(area: &FaceBox) -> [i32; 6] {
        [area.frame_width, area.frame_height, area.left, area.top, area.right, area.bottom]
    }

    /// A mark of 40 × 75 pixels around (100, 75) of 400 × 300, in each way that a camera can be held. Worked out by
    /// hand: turn the corners of the box with the picture.
    #[test]
    fn marks_turn_with_the_picture() {
        let regions = json!([{"Name": "Ada", "Area": area(0.25, 0.25, 0.125, 0.25)}]);
        for (orientation, expected) in [
            (json!(1), [400, 300, 75, 37, 125, 112]),
            (json!("Horizontal (normal)"), [400, 300, 75, 37, 125, 112]),
            (json!(null), [400, 300, 75, 37, 125, 112]),
            (json!(2), [400, 300, 275, 37, 325, 112]),
            (json!(3), [400, 300, 275, 187, 325, 262]),
            (json!(4), [400, 300, 75, 187, 125, 262]),
            (json!(5), [300, 400, 37, 75, 112, 125]),
            (json!(6), [300, 400, 187, 75, 262, 125]),
            (json!("Rotate 90 CW"), [300, 400, 187, 75, 262, 125]),
            (json!(7), [300, 400, 187, 275, 262, 325]),
            (json!(8), [300, 400, 37, 275, 112, 325]),
        ] {
            let found = named_regions(&tags(orientation.clone(), regions.clone()), None);
            assert_eq!(corners(&found[0].area), expected, "{orientation}");
        }
    }

    #[test]
    fn only_faces_with_names_count_and_numbers_can_be_texts() {
        let regions = json!([
            {"Type": "Face", "Area": area(0.5, 0.5, 0.1, 0.1)},
            {"Name": " ", "Area": area(0.5, 0.5, 0.1, 0.1)},
            {"Name": " Bob ", "Area": {"X": "0.5", "Y": "0.5", "W": "0.5", "H": "0.5"}},
            {"Name": "Without a place"},
            {"Type": "Pet", "Name": "Rex", "Area": area(0.5, 0.5, 0.1, 0.1)},
            {"Type": "Face", "Name": "Cy", "Area": area(0.25, 0.25, 0.5, 0.5)},
            {"Name": 7, "Area": area(1.0, 1.0, 0.5, 0.5)},
        ]);
        let found = named_regions(&tags(json!(1), regions), None);
        let names: Vec<&str> = found.iter().map(|region| region.name.as_str()).collect();
        assert_eq!(names, ["Bob", "Cy", "7"]);
        assert_eq!(corners(&found[0].area), [400, 300, 100, 75, 300, 225]);
        assert_eq!(corners(&found[2].area), [400, 300, 300, 225, 500, 375]);
    }

    #[test]
    fn marks_without_a_frame_are_none() {
        for info in [
            json!(null),
            json!("text"),
            json!({"RegionList": [{"Name": "Ada", "Area": area(0.5, 0.5, 0.1, 0.1)}]}),
            json!({"AppliedToDimensions": {"W": 0, "H": 300}, "RegionList": [{"Name": "A", "Area": area(0.5, 0.5, 0.1, 0.1)}]}),
            json!({"AppliedToDimensions": {"W": 400, "H": 300}}),
        ] {
            let tags: Tags = serde_json::from_value(json!({"RegionInfo": info})).unwrap();
            assert_eq!(named_regions(&tags, None), []);
        }
    }

    #[test]
    fn the_sidecar_says_it_instead_of_the_file() {
        let one = |name: &str| tags(json!(1), json!([{"Name": name, "Area": area(0.5, 0.5, 0.1, 0.1)}]));
        let found = named_regions(&one("Ada"), Some(&one("Bob")));
        assert_eq!(found.iter().map(|region| region.name.as_str()).collect::<Vec<_>>(), ["Bob"]);
    }
}
