//! The folders of models.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use albumen_domain::models::{ModelPart, ModelTask, text_detector};

use super::ModelId;

/// The file of a graph.
const GRAPH: &str = "model.onnx";

/// The folder that holds models.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

/// What a model lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The folder below which the files are to lie.
    pub folder: PathBuf,
    /// Their places in it.
    pub files: Vec<PathBuf>,
}

/// What tells whether the files of a part are those that they were: their lengths, and when they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp(BTreeMap<OsString, (u64, Option<SystemTime>)>);

impl Stamp {
    /// The bytes of all files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.0.values().map(|(bytes, _)| bytes).sum()
    }

    /// Whether there are no files.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Display for Missing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let files: Vec<String> = self.files.iter().map(|file| file.display().to_string()).collect();
        write!(formatter, "missing in {}: {}", self.folder.display(), files.join(", "))
    }
}

impl Store {
    /// At that folder, which need not exist.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The folder that holds all models.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of all models of a task.
    #[must_use]
    pub fn task_folder(&self, task: ModelTask) -> PathBuf {
        self.root.join(task.as_str())
    }

    /// The folder that holds that part of a model, and perhaps others: variants of a text model share their detector.
    #[must_use]
    pub fn folder(&self, id: &ModelId, part: ModelPart) -> PathBuf {
        self.task_folder(id.task).join(folder_name(id, part))
    }

    /// The graph of a part.
    #[must_use]
    pub fn graph(&self, id: &ModelId, part: ModelPart) -> PathBuf {
        self.folder(id, part).join(part.as_str()).join(GRAPH)
    }

    /// What of the model is not there; none when it is complete.
    #[must_use]
    pub fn missing(&self, id: &ModelId) -> Option<Missing> {
        let folder = self.task_folder(id.task);
        let files: Vec<PathBuf> = required(id).into_iter().filter(|file| !folder.join(file).is_file()).collect();
        (!files.is_empty()).then_some(Missing { folder, files })
    }

    /// The models that are there whole, in order.
    #[must_use]
    pub fn complete(&self, task: ModelTask) -> Vec<ModelId> {
        self.folders(task).into_iter().filter(|id| self.missing(id).is_none()).collect()
    }

    /// The models of which something is there.
    #[must_use]
    pub fn folders(&self, task: ModelTask) -> Vec<ModelId> {
        let Ok(entries) = fs::read_dir(self.task_folder(task)) else { return Vec::new() };
        let names: BTreeSet<String> =
            entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
        // A dot is in no clean name, so what is set aside or under way is passed over.
        names.into_iter().filter_map(|name| ModelId::of(task, &name).filter(|id| id.name == name)).collect()
    }

    /// The files that belong to a part, as they are now.
    #[must_use]
    pub fn part_stamp(&self, id: &ModelId, part: ModelPart) -> Stamp {
        let folder = self.folder(id, part).join(part.as_str());
        let Ok(entries) = fs::read_dir(folder) else { return Stamp(BTreeMap::new()) };
        let stamped = |entry: fs::DirEntry| {
            // Of what a link leads to: some caches keep files elsewhere.
            let file = fs::metadata(entry.path()).ok().filter(fs::Metadata::is_file)?;
            Some((entry.file_name(), (file.len(), file.modified().ok())))
        };
        Stamp(entries.flatten().filter_map(stamped).collect())
    }

    /// Puts the folder that holds a part out of the way, for a person to look at, and says where it is now.
    ///
    /// # Errors
    /// What the file system has against it.
    pub fn set_aside(&self, id: &ModelId, part: ModelPart) -> io::Result<PathBuf> {
        let folder = self.folder(id, part);
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let aside = self.task_folder(id.task).join(format!("{}.damaged-{seconds}", folder_name(id, part)));
        fs::rename(&folder, &aside)?;
        Ok(aside)
    }
}

fn folder_name(id: &ModelId, part: ModelPart) -> &str {
    match (id.task, part) {
        (ModelTask::Ocr, ModelPart::Detection) => text_detector(&id.name),
        _ => &id.name,
    }
}

/// The files without which a model does not work, below its task's folder.
pub(super) fn required(id: &ModelId) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        id.task.parts().iter().map(|part| Path::new(folder_name(id, *part)).join(part.as_str()).join(GRAPH)).collect();
    if id.task == ModelTask::Clip {
        files.push(Path::new(&id.name).join("textual/tokenizer.json"));
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(root: &Path, file: &str) {
        let file = root.join(file);
        fs::create_dir_all(file.parent().expect("a folder")).expect("it is made");
        fs::write(file, "12345").expect("it is written");
    }

    #[test]
    fn folders_are_immichs() {
        let store = Store::new("/cache".into());
        for (task, name, part, file) in [
            (ModelTask::Clip, "ViT-B-32::openai", ModelPart::Visual, "/cache/clip/ViT-B-32__openai/visual/model.onnx"),
            (
                ModelTask::Clip,
                "ViT-B-32::openai",
                ModelPart::Textual,
                "/cache/clip/ViT-B-32__openai/textual/model.onnx",
            ),
            (
                ModelTask::FacialRecognition,
                "buffalo_l",
                ModelPart::Detection,
                "/cache/facial-recognition/buffalo_l/detection/model.onnx",
            ),
            (
                ModelTask::Ocr,
                "EN__PP-OCRv5_mobile",
                ModelPart::Recognition,
                "/cache/ocr/EN__PP-OCRv5_mobile/recognition/model.onnx",
            ),
            (
                ModelTask::Ocr,
                "EN__PP-OCRv5_mobile",
                ModelPart::Detection,
                "/cache/ocr/PP-OCRv5_mobile/detection/model.onnx",
            ),
        ] {
            let id = ModelId::of(task, name).expect("a name");
            assert_eq!(store.graph(&id, part), Path::new(file));
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::new(folder.path().to_owned());
        let id = ModelId::of(ModelTask::Clip, "m").expect("a name");
        put(folder.path(), "clip/m/visual/model.onnx");
        let missing = store.missing(&id).expect("it is not whole");
        assert_eq!(missing.files, [Path::new("m/textual/model.onnx"), Path::new("m/textual/tokenizer.json")]);
        assert!(store.complete(ModelTask::Clip).is_empty());
        put(folder.path(), "clip/m/textual/model.onnx");
        put(folder.path(), "clip/m/textual/tokenizer.json");
        assert_eq!(store.missing(&id), None);
        assert_eq!(store.complete(ModelTask::Clip), std::slice::from_ref(&id));
        assert_eq!(store.part_stamp(&id, ModelPart::Textual).bytes(), 10);
    }

    #[test]
    fn a_file_that_is_written_anew_is_another() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::new(folder.path().to_owned());
        let id = ModelId::of(ModelTask::Clip, "m").expect("a name");
        let stamp = || store.part_stamp(&id, ModelPart::Visual);
        assert!(stamp().is_empty());
        put(folder.path(), "clip/m/visual/model.onnx");
        let before = stamp();
        assert_eq!(stamp(), before);
        let file = fs::File::options().write(true).open(store.graph(&id, ModelPart::Visual)).expect("the file");
        file.set_modified(UNIX_EPOCH).expect("another time");
        assert_ne!(stamp(), before, "as long as it was, and of another time");
    }

    #[test]
    fn what_is_set_aside_is_no_model_and_is_not_lost() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::new(folder.path().to_owned());
        put(folder.path(), "facial-recognition/m/detection/model.onnx");
        let id = ModelId::of(ModelTask::FacialRecognition, "m").expect("a name");
        let aside = store.set_aside(&id, ModelPart::Detection).expect("it is moved");
        assert!(aside.join("detection/model.onnx").is_file());
        assert!(store.folders(ModelTask::FacialRecognition).is_empty());
    }
}
