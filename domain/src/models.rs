//! The models that see and read pictures: their names, what is known of each, and where one lies.
//!
//! A name travels in the configuration, in requests and in events; the folder of a model follows from it. Embeddings of
//! two models are never comparable, not even where they have the same dimension.

/// A model that brings pictures and words into one space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClipModel {
    /// The name of its folder.
    pub name: &'static str,
    /// Numbers of an embedding.
    pub dimension: usize,
    /// The side of the square picture that it sees.
    pub image_side_px: u32,
    /// Tokens of a text, those at both ends included.
    pub context_tokens: usize,
}

/// What a model is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ModelTask {
    /// Pictures and words in one space.
    Clip,
    /// Faces, and what tells them apart.
    FacialRecognition,
    /// Text in pictures.
    Ocr,
}

/// Half of a task: what of a model's folder is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ModelPart {
    /// The tower that sees.
    Visual,
    /// The tower that reads.
    Textual,
    /// Where something is.
    Detection,
    /// What it is.
    Recognition,
}

impl ModelTask {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Clip, Self::FacialRecognition, Self::Ocr];

    /// Its name, as on the wire and as the folder that holds its models.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clip => "clip",
            Self::FacialRecognition => "facial-recognition",
            Self::Ocr => "ocr",
        }
    }

    /// The task of that name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.as_str() == name)
    }

    /// What a model of this task consists of, in the order in which it is run.
    #[must_use]
    pub const fn parts(self) -> [ModelPart; 2] {
        match self {
            Self::Clip => [ModelPart::Visual, ModelPart::Textual],
            Self::FacialRecognition | Self::Ocr => [ModelPart::Detection, ModelPart::Recognition],
        }
    }

    /// The small model out of packages that serves while the chosen one cannot be had.
    #[must_use]
    pub const fn substitute(self) -> &'static str {
        match self {
            Self::Clip => SMALL_CLIP.name,
            Self::FacialRecognition => SMALL_FACES,
            Self::Ocr => SMALL_OCR,
        }
    }
}

impl ModelPart {
    /// Its name, as on the wire and as the folder that holds it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Visual => "visual",
            Self::Textual => "textual",
            Self::Detection => "detection",
            Self::Recognition => "recognition",
        }
    }

    /// The part of that name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::Visual, Self::Textual, Self::Detection, Self::Recognition].into_iter().find(|part| part.as_str() == name)
    }
}

const fn clip(name: &'static str, dimension: usize, image_side_px: u32, context_tokens: usize) -> ClipModel {
    ClipModel { name, dimension, image_side_px, context_tokens }
}

/// The small joint space that `deploy/models` puts together: classes of pictures through embeddings of their names.
pub const SMALL_CLIP: ClipModel = clip("albumen-small__conse", 384, 224, 64);
/// The small face models of `deploy/models`.
pub const SMALL_FACES: &str = "albumen-small__centerface";
/// The small text models of `deploy/models`.
pub const SMALL_OCR: &str = "PP-OCRv6_small";

/// The models that the configuration may name, beside [`SMALL_CLIP`].
pub const CLIP_MODELS: [ClipModel; 58] = [
    clip("RN50__openai", 1024, 224, 77),
    clip("RN50__yfcc15m", 1024, 224, 77),
    clip("RN50__cc12m", 1024, 224, 77),
    clip("RN101__openai", 512, 224, 77),
    clip("RN101__yfcc15m", 512, 224, 77),
    clip("RN50x4__openai", 640, 288, 77),
    clip("RN50x16__openai", 768, 384, 77),
    clip("RN50x64__openai", 1024, 448, 77),
    clip("ViT-B-32__openai", 512, 224, 77),
    clip("ViT-B-32__laion400m_e31", 512, 224, 77),
    clip("ViT-B-32__laion400m_e32", 512, 224, 77),
    clip("ViT-B-32__laion2b_e16", 512, 224, 77),
    clip("ViT-B-32__laion2b-s34b-b79k", 512, 224, 77),
    clip("ViT-B-16__openai", 512, 224, 77),
    clip("ViT-B-16__laion400m_e31", 512, 224, 77),
    clip("ViT-B-16__laion400m_e32", 512, 224, 77),
    clip("ViT-B-16-plus-240__laion400m_e31", 640, 240, 77),
    clip("ViT-B-16-plus-240__laion400m_e32", 640, 240, 77),
    clip("ViT-L-14__openai", 768, 224, 77),
    clip("ViT-L-14__laion400m_e31", 768, 224, 77),
    clip("ViT-L-14__laion400m_e32", 768, 224, 77),
    clip("ViT-L-14__laion2b-s32b-b82k", 768, 224, 77),
    clip("ViT-L-14-quickgelu__dfn2b", 768, 224, 77),
    clip("ViT-L-14-336__openai", 768, 336, 77),
    clip("ViT-H-14__laion2b-s32b-b79k", 1024, 224, 77),
    clip("ViT-H-14-quickgelu__dfn5b", 1024, 224, 77),
    clip("ViT-H-14-378-quickgelu__dfn5b", 1024, 378, 77),
    clip("ViT-g-14__laion2b-s12b-b42k", 1024, 224, 77),
    clip("ViT-B-16-SigLIP__webli", 768, 224, 64),
    clip("ViT-B-16-SigLIP-256__webli", 768, 256, 64),
    clip("ViT-B-16-SigLIP-384__webli", 768, 384, 64),
    clip("ViT-B-16-SigLIP-512__webli", 768, 512, 64),
    clip("ViT-B-16-SigLIP-i18n-256__webli", 768, 256, 64),
    clip("ViT-L-16-SigLIP-256__webli", 1024, 256, 64),
    clip("ViT-L-16-SigLIP-384__webli", 1024, 384, 64),
    clip("ViT-SO400M-14-SigLIP-384__webli", 1152, 384, 64),
    clip("ViT-B-16-SigLIP2__webli", 768, 224, 64),
    clip("ViT-B-32-SigLIP2-256__webli", 768, 256, 64),
    clip("ViT-L-16-SigLIP2-256__webli", 1024, 256, 64),
    clip("ViT-L-16-SigLIP2-384__webli", 1024, 384, 64),
    clip("ViT-L-16-SigLIP2-512__webli", 1024, 512, 64),
    clip("ViT-SO400M-14-SigLIP2__webli", 1152, 224, 64),
    clip("ViT-SO400M-14-SigLIP2-378__webli", 1152, 378, 64),
    clip("ViT-SO400M-16-SigLIP2-256__webli", 1152, 256, 64),
    clip("ViT-SO400M-16-SigLIP2-384__webli", 1152, 384, 64),
    clip("ViT-SO400M-16-SigLIP2-512__webli", 1152, 512, 64),
    clip("ViT-gopt-16-SigLIP2-256__webli", 1536, 256, 64),
    clip("ViT-gopt-16-SigLIP2-384__webli", 1536, 384, 64),
    clip("XLM-Roberta-Base-ViT-B-32__laion5b_s13b_b90k", 512, 224, 77),
    clip("XLM-Roberta-Large-ViT-H-14__frozen_laion5b_s13b_b90k", 1024, 224, 77),
    clip("nllb-clip-base-siglip__v1", 768, 384, 77),
    clip("nllb-clip-base-siglip__mrl", 768, 384, 77),
    clip("nllb-clip-large-siglip__v1", 1152, 384, 77),
    clip("nllb-clip-large-siglip__mrl", 1152, 384, 77),
    clip("XLM-Roberta-Large-Vit-B-32", 512, 224, 77),
    clip("XLM-Roberta-Large-Vit-B-16Plus", 640, 240, 77),
    clip("XLM-Roberta-Large-Vit-L-14", 768, 224, 77),
    clip("LABSE-Vit-L-14", 768, 224, 77),
];

/// The face models that a hub has.
pub const FACE_MODELS: [&str; 4] = ["antelopev2", "buffalo_l", "buffalo_m", "buffalo_s"];

/// The text models that a hub has, as an administrator chooses them.
pub const OCR_MODELS: [&str; 10] = [
    "PP-OCRv5_server",
    "PP-OCRv5_mobile",
    "CH__PP-OCRv5_server",
    "CH__PP-OCRv5_mobile",
    "EN__PP-OCRv5_mobile",
    "EL__PP-OCRv5_mobile",
    "KOREAN__PP-OCRv5_mobile",
    "LATIN__PP-OCRv5_mobile",
    "ESLAV__PP-OCRv5_mobile",
    "TH__PP-OCRv5_mobile",
];

/// The name of a model's folder: what may stand before it (an organisation) is cut off, and no character is left
/// that means something in a path.
#[must_use]
pub fn clean_name(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or_default();
    last.chars().filter(|c| *c != '.').map(|c| if matches!(c, ':' | '\\') { '_' } else { c }).collect()
}

/// What is known of the model that `name` stands for; none of one that is not supported.
#[must_use]
pub fn clip_model(name: &str) -> Option<ClipModel> {
    let clean = clean_name(name);
    CLIP_MODELS.into_iter().chain([SMALL_CLIP]).find(|model| model.name == clean)
}

/// The folder name of a text model's detector: the language variants share one.
#[must_use]
pub fn text_detector(clean_name: &str) -> &str {
    clean_name.split_once("__").map_or(clean_name, |(_, detector)| detector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_folders() {
        for (name, folder) in [
            ("ViT-B-32::openai", "ViT-B-32__openai"),
            ("immich-app/ViT-B-32__openai", "ViT-B-32__openai"),
            ("M-CLIP/XLM-Roberta-Large-Vit-B-16Plus", "XLM-Roberta-Large-Vit-B-16Plus"),
            ("../../etc/passwd", "passwd"),
            ("..", ""),
            ("a\\..\\b", "a__b"),
        ] {
            assert_eq!(clean_name(name), folder, "{name}");
        }
    }

    #[test]
    fn supported_models_are_found_by_any_of_their_names() {
        assert_eq!(clip_model("ViT-B-32::openai").map(|model| model.dimension), Some(512));
        assert_eq!(clip_model("immich-app/ViT-B-16-SigLIP2__webli").map(|model| model.context_tokens), Some(64));
        assert_eq!(clip_model("albumen-small__conse").map(|model| model.dimension), Some(384));
        assert_eq!(clip_model("ViT-B-33__openai"), None);
    }

    #[test]
    fn no_name_is_there_twice() {
        let names: std::collections::BTreeSet<&str> = CLIP_MODELS.iter().map(|model| model.name).collect();
        assert_eq!(names.len(), CLIP_MODELS.len());
        assert!(CLIP_MODELS.iter().all(|model| clean_name(model.name) == model.name));
    }

    #[test]
    fn languages_share_a_detector() {
        assert_eq!(text_detector("EN__PP-OCRv5_mobile"), "PP-OCRv5_mobile");
        assert_eq!(text_detector("PP-OCRv5_server"), "PP-OCRv5_server");
    }
}
