//! Boxes that were measured in different frames, compared: as fractions of their own frame.

use super::FaceBox;

/// Two boxes that share more of what they cover together than this are of the same face.
pub const SAME_FACE_OVERLAP: f64 = 0.5;

struct Fractions {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Fractions {
    /// None where the frame has no area.
    fn of(area: &FaceBox) -> Option<Self> {
        if area.frame_width < 1 || area.frame_height < 1 {
            return None;
        }
        let (width, height) = (f64::from(area.frame_width), f64::from(area.frame_height));
        Some(Self {
            left: f64::from(area.left) / width,
            top: f64::from(area.top) / height,
            right: f64::from(area.right) / width,
            bottom: f64::from(area.bottom) / height,
        })
    }

    fn area(&self) -> f64 {
        (self.right - self.left).max(0.0) * (self.bottom - self.top).max(0.0)
    }
}

impl FaceBox {
    /// What both boxes cover, of what either covers: from 0 to 1.
    #[must_use]
    pub fn overlap(&self, other: &Self) -> f64 {
        let (Some(one), Some(two)) = (Fractions::of(self), Fractions::of(other)) else { return 0.0 };
        let shared = Fractions {
            left: one.left.max(two.left),
            top: one.top.max(two.top),
            right: one.right.min(two.right),
            bottom: one.bottom.min(two.bottom),
        };
        let shared = shared.area();
        let covered = one.area() + two.area() - shared;
        if covered > 0.0 { shared / covered } else { 0.0 }
    }

    /// Whether both are of the same face.
    #[must_use]
    pub fn is_same_face(&self, other: &Self) -> bool {
        self.overlap(other) > SAME_FACE_OVERLAP
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(frame: (i32, i32), corners: [i32; 4]) -> FaceBox {
        let [left, top, right, bottom] = corners;
        FaceBox { frame_width: frame.0, frame_height: frame.1, left, top, right, bottom }
    }

    #[test]
    fn what_is_shared_counts_of_what_is_covered() {
        let one = framed((100, 100), [0, 0, 40, 40]);
        for (two, expected) in [
            (framed((100, 100), [0, 0, 40, 40]), 1.0),
            // The same place in a frame of twice the size.
            (framed((200, 200), [0, 0, 80, 80]), 1.0),
            // 20 × 40 of 40 × 40 + 40 × 40 − 20 × 40.
            (framed((100, 100), [20, 0, 60, 40]), 1.0 / 3.0),
            (framed((100, 100), [50, 50, 90, 90]), 0.0),
            (framed((100, 100), [40, 40, 0, 0]), 0.0),
            (framed((0, 100), [0, 0, 40, 40]), 0.0),
        ] {
            assert!((one.overlap(&two) - expected).abs() < 1e-12, "{two:?}");
            assert!((two.overlap(&one) - expected).abs() < 1e-12, "{two:?}");
        }
    }

    #[test]
    fn exactly_half_is_not_the_same() {
        let one = framed((100, 100), [0, 0, 40, 40]);
        assert!(!one.is_same_face(&framed((100, 100), [0, 0, 20, 40])));
        assert!(one.is_same_face(&framed((100, 100), [0, 0, 21, 40])));
    }
}
