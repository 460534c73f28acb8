//! A face cut out of its picture.

use albumen_domain::{face::FaceBox, processing::PreviewKind};

use super::{DecodeFailure, FaceRequest, MadeFile, OutputFile, PictureFormat, pixels::fitted, previews};

/// More of the surroundings than the box shows.
const MARGIN: f64 = 1.1;

/// Makes what is asked for.
pub(super) fn make(request: &FaceRequest) -> Result<MadeFile, DecodeFailure> {
    let no_area = || DecodeFailure::of_file("the box of the face has no area, or lies on the edge");
    let FaceRequest { source, kind, orientation, area, colorspace, .. } = request;
    let size = size_needed(*area, request.size).ok_or_else(no_area)?;
    let decoded = previews::decode(source, *kind, Some(size), *orientation, *colorspace)?;
    let pixels = decoded.pixels.upright(decoded.orientation);
    let square = square_in(*area, (pixels.width, pixels.height)).ok_or_else(no_area)?;
    let cut = pixels.cut(square.left, square.top, square.side, square.side);
    let small = cut.resized(fitted((cut.width, cut.height), request.size, u32::MAX))?;
    let output = OutputFile {
        kind: PreviewKind::Thumbnail,
        path: request.path.clone(),
        format: PictureFormat::Jpeg,
        size: Some(request.size),
        quality: request.quality,
        progressive: false,
    };
    previews::write(&output, &previews::encode(&output, &small, decoded.icc.as_deref())?)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Square {
    left: u32,
    top: u32,
    side: u32,
}

/// The square around a box, in a picture that need not have the size of the frame in which the box was
/// measured. It lies wholly in the picture; none when nothing of it does.
fn square_in(area: FaceBox, (width, height): (u32, u32)) -> Option<Square> {
    let (frame_width, frame_height) = (f64::from(area.frame_width), f64::from(area.frame_height));
    if frame_width < 1.0 || frame_height < 1.0 {
        return None;
    }
    let (scale_x, scale_y) = (f64::from(width) / frame_width, f64::from(height) / frame_height);
    let x = |x: i32| scale_x * f64::from(x).clamp(0.0, frame_width);
    let y = |y: i32| scale_y * f64::from(y).clamp(0.0, frame_height);
    let (half_width, half_height) = ((x(area.right) - x(area.left)) / 2.0, (y(area.bottom) - y(area.top)) / 2.0);
    let (middle_x, middle_y) = ((x(area.left) + half_width).round(), (y(area.top) + half_height).round());
    let wanted = (MARGIN * half_width.max(half_height)).floor();
    let (last_x, last_y) = (f64::from(width) - 1.0, f64::from(height) - 1.0);
    let half = [wanted, middle_x, middle_y, last_x - middle_x, last_y - middle_y].into_iter().fold(wanted, f64::min);
    (half >= 1.0).then_some(Square {
        left: (middle_x - half) as u32,
        top: (middle_y - half) as u32,
        side: (2.0 * half) as u32,
    })
}

/// The shorter side at which the whole picture has to be decoded for its square to have `size` pixels.
fn size_needed(area: FaceBox, size: u32) -> Option<u32> {
    let frame = (u32::try_from(area.frame_width).ok()?, u32::try_from(area.frame_height).ok()?);
    let square = square_in(area, frame)?;
    let shorter = f64::from(frame.0.min(frame.1));
    Some((f64::from(size) * shorter / f64::from(square.side)).ceil() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(left: i32, top: i32, right: i32, bottom: i32) -> FaceBox {
        FaceBox { frame_width: 1000, frame_height: 500, left, top, right, bottom }
    }

    #[test]
    fn the_square_lies_around_the_box_and_in_the_picture() {
        let square = |left, top, side| Some(Square { left, top, side });
        for (area, size, expected) in [
            (area(400, 200, 500, 300), (1000, 500), square(395, 195, 110)),
            // Twice as large as the frame.
            (area(400, 200, 500, 300), (2000, 1000), square(790, 390, 220)),
            // Higher than wide.
            (area(440, 200, 460, 300), (1000, 500), square(395, 195, 110)),
            // At the left edge the square is as small as the room there.
            (area(0, 200, 100, 300), (1000, 500), square(0, 200, 100)),
            // Beyond the frame.
            (area(-50, 200, 100, 300), (1000, 500), square(0, 200, 100)),
            (area(950, 450, 1050, 550), (1000, 500), square(951, 451, 48)),
            (area(1200, 200, 1300, 300), (1000, 500), None),
            (area(500, 200, 400, 300), (1000, 500), square(395, 195, 110)),
            (area(500, 300, 400, 200), (1000, 500), None),
        ] {
            assert_eq!(square_in(area, size), expected, "{area:?} in {size:?}");
        }
        assert_eq!(square_in(FaceBox { frame_width: 0, ..area(1, 1, 2, 2) }, (10, 10)), None);
    }

    #[test]
    fn a_small_face_needs_a_large_picture() {
        assert_eq!(size_needed(area(400, 200, 500, 300), 250), Some(1137));
        assert_eq!(size_needed(area(250, 0, 750, 500), 250), Some(252));
    }
}
