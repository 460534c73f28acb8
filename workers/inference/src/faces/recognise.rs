//! What tells faces apart.

use std::sync::Arc;

use super::{Face, FaceSettings, KeyPoints, settings::Pixels};
use crate::{
    images::{Rgb, similarity, to_planes, warp_affine},
    session::{Fault, Kind, Session, Value, only_input, single},
};

/// The side of an aligned face.
const SIDE_PX: usize = 112;
/// Where the parts of an aligned face are.
const TEMPLATE: KeyPoints =
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]];
/// Faces that are recognised at once: more take more memory and save no time.
const MAX_BATCH: usize = 4;
/// Of exports with a normalisation of their own, it stands among so many first nodes.
const FIRST_NODES: usize = 8;

/// Turns faces into embeddings.
pub struct Recogniser {
    session: Arc<dyn Session>,
    pixels: Pixels,
    max_batch: usize,
}

impl Recogniser {
    /// With that graph, what its folder says of it, and the names of the nodes that the graph begins with.
    ///
    /// # Errors
    /// A graph that takes no faces.
    pub fn new(session: Arc<dyn Session>, settings: &FaceSettings, nodes: &[String]) -> Result<Self, Fault> {
        let input = only_input(session.as_ref())?;
        let fits = |extent: Option<usize>| extent.is_none_or(|side| side == SIDE_PX);
        let is_face = matches!(input.dims.as_slice(), [_, channels, height, width]
            if channels.is_none_or(|channels| channels == 3) && fits(*height) && fits(*width));
        if input.kind != Kind::F32 || !is_face {
            return Err(Fault::unexpected(format!("its input {} takes no faces of {SIDE_PX} pixels", input.name)));
        }
        let max_batch = input.dims[0].unwrap_or(MAX_BATCH).clamp(1, MAX_BATCH);
        let pixels = if normalises_itself(nodes) { Pixels::RAW } else { settings.recognition };
        Ok(Self { session, pixels, max_batch })
    }

    /// One embedding per face, in their order. They are not normalised.
    ///
    /// # Errors
    /// What the graph has against them.
    pub fn embed(&self, image: &Rgb, faces: &[Face]) -> Result<Vec<Vec<f32>>, Fault> {
        let fixed = only_input(self.session.as_ref())?.dims[0];
        let mut embeddings = Vec::with_capacity(faces.len());
        for batch in faces.chunks(self.max_batch) {
            // A graph with a fixed batch is given black faces for those that it lacks.
            let places = fixed.map_or(batch.len(), |_| self.max_batch);
            embeddings.extend(self.embed_batch(image, batch, places)?.into_iter().take(batch.len()));
        }
        Ok(embeddings)
    }

    fn embed_batch(&self, image: &Rgb, faces: &[Face], places: usize) -> Result<Vec<Vec<f32>>, Fault> {
        let mut planes = Vec::with_capacity(places * 3 * SIDE_PX * SIDE_PX);
        for face in faces {
            to_planes(&align(image, &face.points), self.pixels.channels(), &self.pixels.scale(), &mut planes);
        }
        planes.resize(places * 3 * SIDE_PX * SIDE_PX, 0.0);
        let value = Value::F32 { dims: vec![places, 3, SIDE_PX, SIDE_PX], data: planes };
        let name = only_input(self.session.as_ref())?.name.clone();
        let result = single(self.session.run(vec![(name.as_str(), value)])?)?;
        let width = result.width();
        if width < 2 || result.data.len() != width * places {
            return Err(Fault::unexpected(format!("its result has the shape {:?}", result.dims)));
        }
        if result.data.iter().any(|value| !value.is_finite()) {
            return Err(Fault::Graph("the embedding holds what is no number".to_owned()));
        }
        Ok(result.data.chunks(width).map(<[f32]>::to_vec).collect())
    }
}

/// The face upright, its parts where all faces have them. Black where the key points all are one.
fn align(image: &Rgb, points: &KeyPoints) -> Rgb {
    match similarity(points, &TEMPLATE) {
        Some(matrix) => warp_affine(image, &matrix, SIDE_PX),
        None => Rgb::black(SIDE_PX, SIDE_PX),
    }
}

/// Exports of MXNet take bytes as they are: the graph begins with a subtraction and a multiplication.
fn normalises_itself(nodes: &[String]) -> bool {
    let any =
        |names: [&str; 2]| nodes.iter().take(FIRST_NODES).any(|node| names.iter().any(|name| node.starts_with(name)));
    any(["Sub", "_minus"]) && any(["Mul", "_mul"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::fake::{FakeSession, port};

    fn recogniser(batch: usize, nodes: &[&str], settings: &str) -> (Arc<FakeSession>, Recogniser) {
        let answer = |fed: &[(String, Value)]| {
            let faces = fed[0].1.dims()[0];
            let data = (0..faces).flat_map(|face| [face as f32, 1.0]).collect();
            vec![Value::F32 { dims: vec![faces, 2], data }]
        };
        let session = Arc::new(FakeSession::new(vec![port("data", Kind::F32, &[batch, 3, 112, 112])], 1, answer));
        let nodes: Vec<String> = nodes.iter().map(|node| (*node).to_owned()).collect();
        let settings = serde_json::from_str(settings).expect("settings");
        (session.clone(), Recogniser::new(session, &settings, &nodes).expect("a recogniser"))
    }

    fn face(points: KeyPoints) -> Face {
        Face { bounds: [0.0; 4], score: 1.0, points }
    }

    fn plain(pixel: [u8; 3]) -> Rgb {
        Rgb { width: 112, height: 112, pixels: pixel.repeat(112 * 112) }
    }

    fn first_of_planes(session: &FakeSession) -> [f32; 3] {
        let fed = session.fed.lock();
        let data = fed[0][0].1.floats().expect("floats are fed");
        [0, 1, 2].map(|plane| data[plane * 112 * 112 + 60 * 112 + 60])
    }

    #[test]
    fn numbers_are_made_as_the_model_wants_them() {
        for (nodes, settings, expected) in [
            (vec![], "{}", [1.0, 0.0, -1.0]),
            (vec!["Sub_0", "Mul_1", "Conv_2"], "{}", [255.0, 127.5, 0.0]),
            (vec!["_minusscalar0", "_mulscalar0", "conv0"], "{}", [255.0, 127.5, 0.0]),
            (vec!["Sub_0", "Conv_1"], "{}", [1.0, 0.0, -1.0]),
            (vec![], r#"{"recognition": {"mean": 127, "std": 128, "colour": "bgr"}}"#, [-127.0 / 128.0, 0.0, 1.0]),
        ] {
            let (session, recogniser) = recogniser(0, &nodes, settings);
            recogniser.embed(&plain([255, 127, 0]), &[face(TEMPLATE)]).expect("an embedding");
            let fed = first_of_planes(&session);
            let near =
                fed.iter().zip(expected).all(|(a, b)| (a - b).abs() < 0.6 * if b.abs() > 2.0 { 1.0 } else { 0.01 });
            assert!(near, "{nodes:?} {settings}: {fed:?}");
        }
    }

    #[test]
    fn a_mul_far_behind_is_no_normalisation() {
        let nodes = ["Sub_0", "Conv_1", "Conv_2", "Conv_3", "Conv_4", "Conv_5", "Conv_6", "Conv_7", "Mul_8"];
        assert!(!normalises_itself(&nodes.map(str::to_owned)));
    }

    #[test]
    fn one_by_one_where_the_graph_takes_one() {
        let faces = vec![face(TEMPLATE); 3];
        let (session, one) = recogniser(1, &[], "{}");
        assert_eq!(one.embed(&plain([0; 3]), &faces), Ok(vec![vec![0.0, 1.0]; 3]));
        assert_eq!(session.fed.lock().len(), 3);
        let (session, many) = recogniser(0, &[], "{}");
        assert_eq!(many.embed(&plain([0; 3]), &faces), Ok(vec![vec![0.0, 1.0], vec![1.0, 1.0], vec![2.0, 1.0]]));
        assert_eq!(session.fed.lock().len(), 1);
    }

    #[test]
    fn many_faces_take_several_batches() {
        let (session, recogniser) = recogniser(0, &[], "{}");
        let embeddings = recogniser.embed(&plain([0; 3]), &vec![face(TEMPLATE); 300]).expect("embeddings");
        assert_eq!(embeddings.len(), 300);
        assert_eq!(session.fed.lock().len(), 300_usize.div_ceil(MAX_BATCH));
    }

    #[test]
    fn key_points_that_are_one_give_a_black_face() {
        assert_eq!(align(&plain([255; 3]), &[[5.0, 5.0]; 5]), Rgb::black(112, 112));
    }

    #[test]
    fn an_aligned_face_stays_as_it_is() {
        let mut image = plain([10; 3]);
        image.set(38, 52, [200; 3]);
        assert_eq!(align(&image, &TEMPLATE).at(38, 52), [200; 3]);
    }
}
