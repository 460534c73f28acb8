//! Films: what their container says, and a poster.

use std::{collections::HashMap, path::Path};

use albumen_domain::asset::metadata::Probe;
use ffmpeg_next::{
    Rational, codec, format,
    format::{context::Input, stream::Stream},
    media,
    packet::side_data::Type as SideDataType,
};
use video_rs::{DecoderBuilder, Options, Resize, frame::RawFrame};

use super::{
    DecodeFailure,
    image::{Decoded, check_size},
    pixels::{Pixels, fitted},
};

/// Containers that may be opened. Those that only name other files (playlists, concatenations)
/// stay closed: a hostile one would make us read what isn't its own.
const CONTAINERS: &str = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,flv,mpegts,mpeg,mpegvideo,mxf,asf,gif,apng,\
                          webp_pipe,bmp_pipe,psd_pipe";

/// Key frames that a poster is chosen from.
const MAX_CANDIDATES: usize = 6;

/// Packets that are looked at for them: 20 s of a usual film with its sound.
const MAX_PACKETS: usize = 2000;

/// A poster keeps this standard deviation of brightness, of 255, where any candidate has it: less
/// is a black, white or foggy frame.
const MIN_CONTRAST: f64 = 12.0;

/// What the container of a film, or of an animated picture, says.
pub(super) fn probe(path: &Path) -> Result<Probe, DecodeFailure> {
    start()?;
    let mut dictionary = ffmpeg_next::Dictionary::new();
    for (name, value) in open_options() {
        dictionary.set(name, value);
    }
    let input = format::input_with_dictionary(path, dictionary).map_err(unreadable)?;
    let mut probe = Probe {
        duration_ms: duration_ms(&input),
        container: Some(input.format().name().to_owned()),
        ..Probe::default()
    };
    if let Some(audio) = input.streams().best(media::Type::Audio) {
        probe.audio_codec = Some(audio.parameters().id().name().to_owned());
    }
    if let Some(video) = input.streams().best(media::Type::Video) {
        describe_video(&video, &mut probe);
    }
    Ok(probe)
}

fn describe_video(video: &Stream<'_>, probe: &mut Probe) {
    let parameters = video.parameters();
    probe.video_codec = Some(parameters.id().name().to_owned());
    probe.video_bitrate = Some(parameters.bit_rate()).filter(|bits| *bits > 0);
    probe.rotation_degrees = Some(rotation_degrees(video));
    probe.frames_per_second = [video.avg_frame_rate(), video.rate()].into_iter().find_map(positive);
    // Without a decoder for it the rest stays unknown, which is no reason to refuse the film.
    let decoder = codec::Context::from_parameters(parameters).and_then(|context| context.decoder().video());
    if let Ok(decoder) = decoder {
        probe.width = i32::try_from(decoder.width()).ok().filter(|width| *width > 0);
        probe.height = i32::try_from(decoder.height()).ok().filter(|height| *height > 0);
        probe.pixel_format = decoder.format().descriptor().map(|descriptor| descriptor.name().to_owned());
        probe.color_transfer = decoder.color_transfer_characteristic().name().map(str::to_owned);
    }
}

fn positive(rate: Rational) -> Option<f64> {
    (rate.numerator() > 0 && rate.denominator() > 0).then(|| f64::from(rate))
}

fn duration_ms(input: &Input) -> Option<i64> {
    const MICROSECONDS_PER_MS: i64 = 1000;
    if input.duration() > 0 {
        return Some((input.duration() + MICROSECONDS_PER_MS / 2) / MICROSECONDS_PER_MS);
    }
    let stream = input.streams().best(media::Type::Video)?;
    let seconds = stream.duration() as f64 * f64::from(stream.time_base());
    (seconds > 0.0).then_some((seconds * 1000.0).round() as i64)
}

/// Counter-clockwise, as ffmpeg gives it; 0 without a display matrix.
fn rotation_degrees(stream: &Stream<'_>) -> i32 {
    let matrix = stream.side_data().find(|data| data.kind() == SideDataType::DisplayMatrix);
    matrix.and_then(|matrix| rotation_of_matrix(matrix.data())).unwrap_or(0)
}

/// The rotation in the first two columns of a 3 × 3 matrix of fixed-point numbers.
fn rotation_of_matrix(data: &[u8]) -> Option<i32> {
    let entry = |index: usize| {
        let bytes = data.get(index * 4..index * 4 + 4)?.try_into().ok()?;
        Some(f64::from(i32::from_ne_bytes(bytes)))
    };
    let (a, b, c, d) = (entry(0)?, entry(1)?, entry(3)?, entry(4)?);
    let (scale_x, scale_y) = (a.hypot(c), b.hypot(d));
    if scale_x == 0.0 || scale_y == 0.0 {
        return None;
    }
    let degrees = -(b / scale_y).atan2(a / scale_x).to_degrees();
    Some(degrees.round() as i32)
}

/// A frame that shows what the film is about, among its first key frames; the only one there is
/// in a short film. Also the picture of formats that FFmpeg alone decodes.
pub(super) fn poster(path: &Path, size: Option<u32>) -> Result<Decoded, DecodeFailure> {
    let probed = probe(path)?;
    let (Some(width), Some(height)) = (probed.width, probed.height) else {
        return Err(DecodeFailure::of_file("the film has no pictures that can be decoded"));
    };
    let coded = check_size(u64::from(width.unsigned_abs()), u64::from(height.unsigned_abs()))?;
    let target = size.map_or(coded, |size| fitted(coded, size, u32::MAX));
    let candidates = key_frames(path, target)?;
    let (frame, stretch) =
        chosen(candidates).ok_or_else(|| DecodeFailure::of_file("no frame of the film can be decoded"))?;
    let (pixels, stored_size) = with_square_pixels(frame, coded, stretch)?;
    let orientation = match probed.rotation_degrees {
        Some(-90 | 270) => 6,
        Some(90 | -270) => 8,
        Some(180 | -180) => 3,
        _ => 1,
    };
    Ok(Decoded { pixels, stored_size, orientation, icc: None })
}

/// Frames with the width of their pixels over the height.
fn key_frames(path: &Path, target: (u32, u32)) -> Result<Vec<(Pixels, f64)>, DecodeFailure> {
    let options: HashMap<String, String> =
        open_options().map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let options = Options::from(options);
    let decoder = DecoderBuilder::new(path)
        .with_options(&options)
        .with_resize(Resize::Exact(target.0, target.1))
        .build()
        .map_err(unreadable)?;
    let (mut decoder, mut reader, index) = decoder.into_parts();
    let mut candidates = Vec::new();
    for _ in 0..MAX_PACKETS {
        let Ok(packet) = reader.read(index) else { break };
        // Those between depend on frames that we skip. A damaged frame is skipped as well.
        if packet.is_key()
            && let Ok(Some(frame)) = decoder.decode_raw(packet)
        {
            candidates.extend(pixels_of(&frame));
        }
        if candidates.len() >= MAX_CANDIDATES {
            return Ok(candidates);
        }
    }
    // Decoders hold back frames that might still be reordered.
    while let Ok(Some(frame)) = decoder.drain_raw() {
        candidates.extend(pixels_of(&frame));
    }
    Ok(candidates)
}

/// The rows of an RGB frame, without the padding between them.
fn pixels_of(frame: &RawFrame) -> Option<(Pixels, f64)> {
    let (width, height, stride) = (frame.width(), frame.height(), frame.stride(0));
    let row_bytes = width as usize * 3;
    if row_bytes == 0 || stride < row_bytes {
        return None;
    }
    let rows = frame.data(0).chunks(stride).take(height as usize).filter_map(|row| row.get(..row_bytes));
    let data: Vec<u8> = rows.flatten().copied().collect();
    let stretch = positive(frame.aspect_ratio()).unwrap_or(1.0);
    Some((Pixels::new(width, height, false, data).ok()?, stretch))
}

/// The first with enough contrast whose brightness is spread most like that of all of them: not a
/// fade, not a flash.
fn chosen(candidates: Vec<(Pixels, f64)>) -> Option<(Pixels, f64)> {
    let histograms: Vec<Histogram> = candidates.iter().map(|(pixels, _)| Histogram::of(pixels)).collect();
    let has_any_contrast = histograms.iter().any(|histogram| histogram.contrast >= MIN_CONTRAST);
    let average = Histogram::average(&histograms);
    let is_fit = |histogram: &Histogram| !has_any_contrast || histogram.contrast >= MIN_CONTRAST;
    let best = (0..histograms.len())
        .filter(|index| is_fit(&histograms[*index]))
        .min_by(|left, right| average.distance(&histograms[*left]).total_cmp(&average.distance(&histograms[*right])))?;
    candidates.into_iter().nth(best)
}

/// How brightness is spread over a frame, as shares of all pixels.
struct Histogram {
    shares: [f64; 64],
    contrast: f64,
}

impl Histogram {
    fn of(pixels: &Pixels) -> Self {
        /// A sixteenth of the pixels tells the same.
        const STEP: usize = 16;
        let mut counts = [0_u32; 64];
        let (mut sum, mut sum_of_squares, mut count) = (0.0, 0.0, 0_u32);
        for pixel in pixels.data.as_chunks::<3>().0.iter().step_by(STEP) {
            let [r, g, b] = pixel.map(u32::from);
            let brightness = (r * 54 + g * 183 + b * 19) / 256;
            counts[(brightness / 4) as usize] += 1;
            sum += f64::from(brightness);
            sum_of_squares += f64::from(brightness * brightness);
            count += 1;
        }
        let count = f64::from(count.max(1));
        let mean = sum / count;
        let contrast = (sum_of_squares / count - mean * mean).max(0.0).sqrt();
        Self { shares: counts.map(|bin| f64::from(bin) / count), contrast }
    }

    fn average(all: &[Self]) -> Self {
        let mut shares = [0.0; 64];
        for histogram in all {
            for (share, own) in shares.iter_mut().zip(histogram.shares) {
                *share += own / all.len() as f64;
            }
        }
        Self { shares, contrast: 0.0 }
    }

    fn distance(&self, other: &Self) -> f64 {
        self.shares.iter().zip(other.shares).map(|(left, right)| (left - right).powi(2)).sum()
    }
}

/// Some films have pixels wider than high.
fn with_square_pixels(frame: Pixels, coded: (u32, u32), stretch: f64) -> Result<(Pixels, (u32, u32)), DecodeFailure> {
    /// Beyond any real format.
    const STRETCHES: std::ops::RangeInclusive<f64> = 0.25..=4.0;
    if stretch == 1.0 || !STRETCHES.contains(&stretch) {
        return Ok((frame, coded));
    }
    let stretched = |width: u32| ((f64::from(width) * stretch).round() as u32).max(1);
    let pixels = frame.resized((stretched(frame.width), frame.height))?.into_owned();
    Ok((pixels, (stretched(coded.0), coded.1)))
}

const fn open_options() -> [(&'static str, &'static str); 2] {
    [("protocol_whitelist", "file"), ("format_whitelist", CONTAINERS)]
}

fn start() -> Result<(), DecodeFailure> {
    video_rs::init().map_err(|error| DecodeFailure::of_circumstances(format!("FFmpeg cannot be started: {error}")))?;
    ffmpeg_next::log::set_level(ffmpeg_next::log::Level::Quiet);
    Ok(())
}

fn unreadable(error: impl std::fmt::Display) -> DecodeFailure {
    DecodeFailure::of_file(format!("FFmpeg cannot read it: {error}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn matrix(a: i32, b: i32, c: i32, d: i32) -> Vec<u8> {
        let one = 1 << 16;
        [a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30].iter().flat_map(|entry| entry.to_ne_bytes()).collect()
    }

    #[test]
    fn the_matrix_tells_the_rotation() {
        for (data, expected) in [
            (matrix(1, 0, 0, 1), Some(0)),
            (matrix(0, 1, -1, 0), Some(-90)),
            (matrix(0, -1, 1, 0), Some(90)),
            (matrix(-1, 0, 0, -1), Some(180)),
            (matrix(0, 0, 0, 0), None),
            (vec![0; 7], None),
        ] {
            assert_eq!(rotation_of_matrix(&data).map(i32::abs), expected.map(i32::abs));
            if expected.is_some_and(|degrees| degrees.abs() == 90) {
                assert_eq!(rotation_of_matrix(&data), expected);
            }
        }
    }

    fn plain(brightness: u8) -> (Pixels, f64) {
        (Pixels::new(32, 32, false, vec![brightness; 32 * 32 * 3]).unwrap(), 1.0)
    }

    fn lively(offset: usize) -> (Pixels, f64) {
        let data = (0..32 * 32 * 3).map(|index| ((index / 3 * 7 + offset) % 256) as u8).collect();
        (Pixels::new(32, 32, false, data).unwrap(), 1.0)
    }

    #[test]
    fn a_poster_is_not_a_blank_frame_where_there_is_another() {
        let best = |candidates: &[(Pixels, f64)]| chosen(candidates.to_vec()).map(|(pixels, _)| pixels);
        assert_eq!(best(&[plain(0), plain(1), lively(3)]), Some(lively(3).0));
        assert_eq!(best(&[plain(7)]), Some(plain(7).0));
        assert_eq!(best(&[]), None);
    }
}
