//! Where models can be had.

use std::path::{Component, Path, PathBuf};

use albumen_domain::models::ModelTask;
use serde::Deserialize;

use super::{ModelId, pull::PullFault};

/// Hugging Face.
pub const DEFAULT_HUB: &str = "https://huggingface.co";
/// ModelScope, which has the text models.
pub const DEFAULT_OCR_HUB: &str = "https://www.modelscope.cn";
/// Who exported the models for Immich.
const OWNER: &str = "immich-app";
/// Files of a model: one has some ten, those with weights of their own some hundreds.
const MAX_FILES: usize = 2_000;
/// The largest model has 8 GB.
const MAX_MODEL_BYTES: u64 = 32 << 30;
const MAX_DEPTH: usize = 4;
/// What a list of files may have: some 300 bytes each.
pub(super) const MAX_LIST_BYTES: usize = 4 << 20;
/// Files for accelerators that are not used here.
const OTHER_ENDINGS: [&str; 4] = ["armnn", "rknn", "anncache", "ann"];
const OTHER_FOLDERS: [&str; 4] = ["rknpu", "openvino", "migraphx", "coreml"];
/// The release of RapidOCR's models that the digests below are of.
const OCR_RELEASE: &str = "v3.8.0";

/// SHA-256 of text models.
const OCR_SHA256: [(&str, &str); 10] = [
    ("ch_PP-OCRv5_det_mobile", "4d97c44a20d30a81aad087d6a396b08f786c4635742afc391f6621f5c6ae78ae"),
    ("ch_PP-OCRv5_det_server", "0f8846b1d4bba223a2a2f9d9b44022fbc22cc019051a602b41a7fda9667e4cad"),
    ("ch_PP-OCRv5_rec_mobile", "5825fc7ebf84ae7a412be049820b4d86d77620f204a041697b0494669b1742c5"),
    ("ch_PP-OCRv5_rec_server", "e09385400eaaaef34ceff54aeb7c4f0f1fe014c27fa8b9905d4709b65746562a"),
    ("korean_PP-OCRv5_rec_mobile", "cd6e2ea50f6943ca7271eb8c56a877a5a90720b7047fe9c41a2e541a25773c9b"),
    ("latin_PP-OCRv5_rec_mobile", "b20bd37c168a570f583afbc8cd7925603890efbcdc000a59e22c269d160b5f5a"),
    ("eslav_PP-OCRv5_rec_mobile", "08705d6721849b1347d26187f15a5e362c431963a2a62bfff4feac578c489aab"),
    ("en_PP-OCRv5_rec_mobile", "c3461add59bb4323ecba96a492ab75e06dda42467c9e3d0c18db5d1d21924be8"),
    ("th_PP-OCRv5_rec_mobile", "de541dd83161c241ff426f7ecfd602a0ba77d686cf3ab9a6c255ea82fd08006e"),
    ("el_PP-OCRv5_rec_mobile", "b4368bccd557123c702b7549fee6cd1e94b581337d1c9b65310f109131542b7f"),
];

/// The hubs' addresses.
#[derive(Debug, Clone)]
pub struct Hubs {
    /// Of Hugging Face, or of what speaks like it.
    pub models: String,
    /// Of ModelScope, or of what speaks like it.
    pub ocr: String,
}

impl Hubs {
    /// The hub that has the models of that task.
    #[must_use]
    pub fn of(&self, task: ModelTask) -> &str {
        if task == ModelTask::Ocr { &self.ocr } else { &self.models }
    }

    /// The address of the list of a model's files.
    pub(super) fn list_url(&self, id: &ModelId) -> String {
        format!("{}/api/models/{OWNER}/{}/tree/main?recursive=true", self.models, id.name)
    }
}

/// A file to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RemoteFile {
    /// Its place below the task's folder.
    pub place: PathBuf,
    pub url: String,
    pub size: Option<u64>,
    pub sha256: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Listed {
    #[serde(rename = "type")]
    kind: String,
    path: String,
    #[serde(default)]
    size: u64,
    lfs: Option<Large>,
}

#[derive(Debug, Deserialize)]
struct Large {
    oid: String,
}

/// What of a hub's list is to be fetched for a model.
pub(super) fn read_list(hub: &str, id: &ModelId, list: &[u8]) -> Result<Vec<RemoteFile>, PullFault> {
    let hostile = |what: String| PullFault::Refused(format!("the hub's list of files is not to be trusted: {what}"));
    let listed: Vec<Listed> = serde_json::from_slice(list).map_err(|error| hostile(error.to_string()))?;
    let files: Vec<Listed> = listed.into_iter().filter(|file| file.kind == "file" && is_wanted(&file.path)).collect();
    if files.is_empty() || files.len() > MAX_FILES {
        return Err(hostile(format!("it has {} files", files.len())));
    }
    let total = files.iter().fold(0_u64, |sum, file| sum.saturating_add(file.size));
    if total > MAX_MODEL_BYTES {
        return Err(hostile(format!("{total} bytes for one model")));
    }
    files
        .into_iter()
        .map(|file| {
            let path = plain_path(&file.path).ok_or_else(|| hostile(format!("the name {:?}", file.path)))?;
            Ok(RemoteFile {
                url: format!("{hub}/{OWNER}/{}/resolve/main/{}", id.name, file.path),
                place: Path::new(&id.name).join(path),
                size: Some(file.size),
                sha256: file.lfs.map(|large| large.oid.to_lowercase()),
            })
        })
        .collect()
}

fn is_wanted(path: &str) -> bool {
    let path = Path::new(path);
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let mut names = path.components().filter_map(|component| component.as_os_str().to_str());
    !OTHER_ENDINGS.contains(&ending) && !names.any(|name| OTHER_FOLDERS.contains(&name) || is_hidden(name))
}

/// Bookkeeping of the hub. Not what would lead upwards: that is refused and not passed over.
fn is_hidden(name: &str) -> bool {
    name.starts_with('.') && name != ".." && name != "."
}

/// A path of a few plain names.
fn plain_path(path: &str) -> Option<&Path> {
    let is_plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || "._-+=".contains(c));
    let components: Vec<Component> = Path::new(path).components().collect();
    let fits = (1..=MAX_DEPTH).contains(&components.len())
        && components.iter().all(|component| match component {
            Component::Normal(name) => name.to_str().is_some_and(is_plain),
            _ => false,
        });
    fits.then_some(Path::new(path))
}

/// The two files of a text model.
pub(super) fn ocr_files(hub: &str, id: &ModelId) -> Result<Vec<RemoteFile>, PullFault> {
    let unknown = || PullFault::Refused(format!("no hub is known that has the text model {}", id.name));
    let (prefix, base) = id.name.split_once("__").unwrap_or(("CH", &id.name));
    let size = match base {
        "PP-OCRv5_mobile" => "mobile",
        "PP-OCRv5_server" => "server",
        _ => return Err(unknown()),
    };
    let language = prefix.to_lowercase();
    let file = |kind: &str, name: String, place: PathBuf| {
        let digest = OCR_SHA256.iter().find(|(known, _)| *known == name).map(|(_, digest)| (*digest).to_owned());
        let sha256 = Some(digest.ok_or_else(unknown)?);
        let url = format!("{hub}/models/RapidAI/RapidOCR/resolve/{OCR_RELEASE}/onnx/PP-OCRv5/{kind}/{name}.onnx");
        Ok::<_, PullFault>(RemoteFile { place, url, size: None, sha256 })
    };
    let detection = format!("ch_PP-OCRv5_det_{size}");
    let recognition = format!("{language}_PP-OCRv5_rec_{size}");
    Ok(vec![
        file("det", detection, Path::new(base).join("detection/model.onnx"))?,
        file("rec", recognition, Path::new(&id.name).join("recognition/model.onnx"))?,
    ])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn id(task: ModelTask, name: &str) -> ModelId {
        ModelId::of(task, name).expect("a name")
    }

    #[test]
    fn a_list_is_read_without_what_is_for_others() {
        let list = json!([
            {"type": "directory", "path": "visual", "size": 0, "oid": "1"},
            {"type": "file", "path": ".gitattributes", "size": 10, "oid": "2"},
            {"type": "file", "path": "config.json", "size": 20, "oid": "3"},
            {"type": "file", "path": "visual/model.onnx", "size": 30, "oid": "4", "lfs": {"oid": "ABCD", "size": 30}},
            {"type": "file", "path": "visual/model.armnn", "size": 30, "oid": "5"},
            {"type": "file", "path": "visual/rknpu/rk3588/model.rknn", "size": 30, "oid": "6"},
        ]);
        let files = read_list("http://hub", &id(ModelTask::Clip, "m"), list.to_string().as_bytes()).expect("a list");
        let file = |path: &str, size: u64, sha256: Option<&str>| RemoteFile {
            place: Path::new("m").join(path),
            url: format!("http://hub/immich-app/m/resolve/main/{path}"),
            size: Some(size),
            sha256: sha256.map(str::to_owned),
        };
        assert_eq!(files, [file("config.json", 20, None), file("visual/model.onnx", 30, Some("abcd"))]);
    }

    #[test]
    fn a_list_that_leads_elsewhere_is_refused() {
        for path in ["../../.ssh/authorized_keys", "/etc/passwd", "a/b/c/d/e", "a\\b", "a b", "x/../../y"] {
            let list = json!([{"type": "file", "path": path, "size": 1}]).to_string();
            let read = read_list("http://hub", &id(ModelTask::Clip, "m"), list.as_bytes());
            assert!(matches!(read, Err(PullFault::Refused(_))), "{path}: {read:?}");
        }
        let list = json!([{"type": "file", "path": "model.onnx", "size": u64::MAX}]).to_string();
        assert!(read_list("http://hub", &id(ModelTask::Clip, "m"), list.as_bytes()).is_err());
        assert!(read_list("http://hub", &id(ModelTask::Clip, "m"), b"<html>").is_err());
        assert!(read_list("http://hub", &id(ModelTask::Clip, "m"), b"[]").is_err());
    }

    #[test]
    fn text_models_are_known_with_their_digests() {
        let files = ocr_files("http://hub", &id(ModelTask::Ocr, "LATIN__PP-OCRv5_mobile")).expect("they are known");
        assert_eq!(files[0].place, Path::new("PP-OCRv5_mobile/detection/model.onnx"));
        assert_eq!(files[1].place, Path::new("LATIN__PP-OCRv5_mobile/recognition/model.onnx"));
        let url = "http://hub/models/RapidAI/RapidOCR/resolve/v3.8.0/onnx/PP-OCRv5/rec/latin_PP-OCRv5_rec_mobile.onnx";
        assert_eq!(files[1].url, url);
        assert_eq!(files[0].sha256.as_deref(), Some(OCR_SHA256[0].1));
        for name in albumen_domain::models::OCR_MODELS {
            assert!(ocr_files("http://hub", &id(ModelTask::Ocr, name)).is_ok(), "{name}");
        }
        for name in ["LATIN__PP-OCRv5_server", "PP-OCRv6_small", "XX__PP-OCRv5_mobile"] {
            assert!(ocr_files("http://hub", &id(ModelTask::Ocr, name)).is_err(), "{name}");
        }
    }
}
