//! The smallest rectangle around points, however it is turned.

use crate::images::Quad;

/// A rectangle that may be turned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rectangle {
    centre: [f64; 2],
    /// A unit vector along the first side.
    along: [f64; 2],
    /// The lengths of the first side and of the other.
    sides: [f64; 2],
}

impl Rectangle {
    /// The one of the smallest area that holds all points (rotating calipers: a side of it lies on a side of the hull).
    /// None without points.
    pub(super) fn around(points: &[[f64; 2]]) -> Option<Self> {
        let hull = hull(points);
        let first = *hull.first()?;
        let mut best: Option<Self> = None;
        for (index, start) in hull.iter().enumerate() {
            let end = hull[(index + 1) % hull.len()];
            let length = (end[0] - start[0]).hypot(end[1] - start[1]);
            let along =
                if length > 0.0 { [(end[0] - start[0]) / length, (end[1] - start[1]) / length] } else { [1.0, 0.0] };
            let candidate = Self::along(&hull, along);
            if best.is_none_or(|best| candidate.area() < best.area()) {
                best = Some(candidate);
            }
        }
        best.or(Some(Self { centre: first, along: [1.0, 0.0], sides: [0.0, 0.0] }))
    }

    fn along(points: &[[f64; 2]], along: [f64; 2]) -> Self {
        let across = [-along[1], along[0]];
        let extent = |axis: [f64; 2]| {
            let place = |point: &[f64; 2]| point[0] * axis[0] + point[1] * axis[1];
            let places = points.iter().map(place);
            places.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), place| (low.min(place), high.max(place)))
        };
        let ((low, high), (near, far)) = (extent(along), extent(across));
        let (middle, between) = ((low + high) / 2.0, (near + far) / 2.0);
        let centre = [middle * along[0] + between * across[0], middle * along[1] + between * across[1]];
        Self { centre, along, sides: [high - low, far - near] }
    }

    fn area(&self) -> f64 {
        self.sides[0] * self.sides[1]
    }

    /// The shorter of its sides.
    pub(super) fn shorter_side(&self) -> f64 {
        self.sides[0].min(self.sides[1])
    }

    /// Larger by `ratio` times its area over its perimeter on each side. (Offsetting it with rounded joins and taking
    /// the smallest rectangle around that gives the same.)
    pub(super) fn unclipped(&self, ratio: f64) -> Self {
        let perimeter = 2.0 * (self.sides[0] + self.sides[1]);
        let by = if perimeter > 0.0 { self.area() * ratio / perimeter } else { 0.0 };
        Self { sides: self.sides.map(|side| side + 2.0 * by), ..*self }
    }

    /// Its corners: top left, top right, bottom right, bottom left.
    pub(super) fn corners(&self) -> [[f64; 2]; 4] {
        let half = |side: f64, [x, y]: [f64; 2]| [side / 2.0 * x, side / 2.0 * y];
        let along = half(self.sides[0], self.along);
        let across = half(self.sides[1], [-self.along[1], self.along[0]]);
        let corner = |a: f64, b: f64| {
            [self.centre[0] + a * along[0] + b * across[0], self.centre[1] + a * along[1] + b * across[1]]
        };
        in_order([corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)])
    }
}

/// The two leftmost corners by their height, the two rightmost by theirs.
fn in_order(mut corners: [[f64; 2]; 4]) -> [[f64; 2]; 4] {
    corners.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let by_height = |a: [f64; 2], b: [f64; 2]| if a[1] <= b[1] { (a, b) } else { (b, a) };
    let (top_left, bottom_left) = by_height(corners[0], corners[1]);
    let (top_right, bottom_right) = by_height(corners[2], corners[3]);
    [top_left, top_right, bottom_right, bottom_left]
}

/// The corners of the hull, counter-clockwise (Andrew's monotone chain).
fn hull(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    sorted.dedup();
    if sorted.len() < 3 {
        return sorted;
    }
    let mut hull = half_hull(sorted.iter());
    hull.pop();
    hull.extend(half_hull(sorted.iter().rev()));
    hull.pop();
    hull
}

fn half_hull<'a>(points: impl Iterator<Item = &'a [f64; 2]>) -> Vec<[f64; 2]> {
    let mut chain: Vec<[f64; 2]> = Vec::new();
    for point in points {
        while let [.., before, last] = chain.as_slice() {
            let turn = (last[0] - before[0]) * (point[1] - before[1]) - (last[1] - before[1]) * (point[0] - before[0]);
            if turn > 0.0 {
                break;
            }
            chain.pop();
        }
        chain.push(*point);
    }
    chain
}

/// Corners as they travel.
pub(super) fn to_quad(corners: [[f64; 2]; 4]) -> Quad {
    corners.map(|corner| corner.map(|value| value as f32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(one: [[f64; 2]; 4], other: [[f64; 2]; 4]) -> bool {
        one.as_flattened().iter().zip(other.as_flattened()).all(|(a, b)| (a - b).abs() < 1e-6)
    }

    #[test]
    fn a_straight_rectangle_is_itself() {
        let points = [[2.0, 3.0], [12.0, 3.0], [12.0, 7.0], [2.0, 7.0], [5.0, 5.0], [7.0, 3.0]];
        let rectangle = Rectangle::around(&points).expect("points");
        assert!(near(rectangle.corners(), [[2.0, 3.0], [12.0, 3.0], [12.0, 7.0], [2.0, 7.0]]), "{rectangle:?}");
        assert_eq!(rectangle.shorter_side(), 4.0);
    }

    #[test]
    fn a_turned_one_is_found_turned() {
        // A square on its corner: sides of the square root of 8, where a straight box would have 4.
        let rectangle = Rectangle::around(&[[2.0, 0.0], [4.0, 2.0], [2.0, 4.0], [0.0, 2.0]]).expect("points");
        assert!((rectangle.shorter_side() - 8.0_f64.sqrt()).abs() < 1e-9);
    }

    #[test]
    fn it_grows_by_area_over_perimeter() {
        // 10x4: area 40, perimeter 28, so 40 * 1.6 / 28 on each side.
        let points = [[0.0, 0.0], [10.0, 0.0], [10.0, 4.0], [0.0, 4.0]];
        let grown = Rectangle::around(&points).expect("points").unclipped(1.6);
        let by = 64.0 / 28.0;
        let expected = [[-by, -by], [10.0 + by, -by], [10.0 + by, 4.0 + by], [-by, 4.0 + by]];
        assert!(near(grown.corners(), expected), "{:?}", grown.corners());
    }

    #[test]
    fn points_and_lines_have_no_side() {
        for points in [vec![[1.0, 1.0]], vec![[1.0, 1.0], [5.0, 1.0], [3.0, 1.0]], vec![[1.0, 1.0]; 4]] {
            assert_eq!(Rectangle::around(&points).map(|rectangle| rectangle.shorter_side()), Some(0.0), "{points:?}");
        }
        assert_eq!(Rectangle::around(&[]), None);
    }
}
