//! The order in which people read.

use super::Region;

/// Lines whose tops are nearer to each other are one line of a page.
const LINE_GAP_PX: f32 = 10.0;

/// From top to bottom, within a line from left to right.
pub(super) fn in_reading_order(mut regions: Vec<Region>) -> Vec<Region> {
    regions.sort_by(|a, b| top(a).total_cmp(&top(b)));
    let mut ordered: Vec<(usize, Region)> = Vec::with_capacity(regions.len());
    let mut line = 0;
    for region in regions {
        if ordered.last().is_some_and(|(_, before)| top(&region) - top(before) >= LINE_GAP_PX) {
            line += 1;
        }
        ordered.push((line, region));
    }
    ordered.sort_by(|(a_line, a), (b_line, b)| a_line.cmp(b_line).then(left(a).total_cmp(&left(b))));
    ordered.into_iter().map(|(_, region)| region).collect()
}

fn top(region: &Region) -> f32 {
    region.corners[0][1]
}

fn left(region: &Region) -> f32 {
    region.corners[0][0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_line_stand_from_left_to_right() {
        let region = |x: f32, y: f32, score: f32| Region {
            corners: [[x, y], [x + 5.0, y], [x + 5.0, y + 5.0], [x, y + 5.0]],
            score,
        };
        let regions = vec![
            region(50.0, 104.0, 0.4),
            region(90.0, 9.0, 0.2),
            region(10.0, 0.0, 0.1),
            region(10.0, 112.0, 0.3),
            region(10.0, 30.0, 0.25),
        ];
        let scores: Vec<f32> = in_reading_order(regions).iter().map(|region| region.score).collect();
        assert_eq!(scores, [0.1, 0.2, 0.25, 0.3, 0.4]);
    }
}
