//! What would serve.

use albumen_domain::models::ModelTask;
use axum::{
    Json,
    extract::{Query, State},
};
use serde_json::{Map, Value, json};

use super::Service;
use crate::store::ModelId;

/// For each model that is asked for (`?clip=NAME&facial-recognition=NAME&ocr=NAME`) the one that serves: itself when it is here, else
/// the small one while this one is fetched, else none. With that, what is here, what is loaded, and what is on its way.
pub(super) async fn models(State(service): State<Service>, Query(asked): Query<Vec<(String, String)>>) -> Json<Value> {
    let mut answer = Map::new();
    for (task, name) in asked {
        let Some(id) = ModelTask::of(&task).and_then(|task| ModelId::of(task, &name)) else { continue };
        let serving = service.serving(&id).map(|serving| if serving == id { name } else { serving.name });
        answer.insert(task, serving.map_or(Value::Null, Value::String));
    }
    let names = |ids: Vec<ModelId>| ids.into_iter().map(|id| Value::String(id.name)).collect::<Value>();
    let here = ModelTask::ALL.map(|task| (task.as_str().to_owned(), names(service.store.complete(task))));
    let loaded = service.cache.held();
    let loaded: Value = loaded.iter().map(|(id, part)| Value::String(format!("{id}/{}", part.as_str()))).collect();
    let under_way = service.fetcher.under_way();
    answer.insert("here".to_owned(), Value::Object(here.into_iter().collect()));
    answer.insert("loaded".to_owned(), loaded);
    answer.insert("underWay".to_owned(), under_way.iter().map(|id| Value::String(id.to_string())).collect());
    answer.insert("device".to_owned(), json!(service.opener.device()));
    Json(Value::Object(answer))
}

impl Service {
    fn serving(&self, id: &ModelId) -> Option<ModelId> {
        if self.cache.is_usable(id) {
            return Some(id.clone());
        }
        if !self.cache.has_failed(id) {
            self.fetcher.begin(id);
        }
        let substitute = id.substitute().filter(|small| self.cache.is_usable(small));
        match &substitute {
            Some(small) => tracing::debug!(model = %id, serves = %small, "a small model serves in its place"),
            None => tracing::debug!(model = %id, "it is not here, nor is a small one"),
        }
        substitute
    }
}
