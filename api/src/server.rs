//! The whole server as one axum router, and the document that describes it.

use axum::{
    Router,
    body::Bytes,
    http::header,
    middleware,
    routing::{MethodRouter, get, on},
};
use serde_json::{Value, json};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::OpenApi;

use crate::{
    access::{POLICIES, Who, guard},
    app::App,
    dto::{
        self,
        newer::{NEWER, NEWER_PARAMETERS, NEWER_PARTS},
    },
    edge::{ApiError, compression, correlation, drain, etag, read_only, web},
    routes,
};

/// The API's version: that of the product whose clients it serves.
pub const API_VERSION: &str = "3.1.0";

/// Fields of requests that the reference declares as required and takes without all the same; its own
/// later clients leave them out.
const DECLARED_AS_REQUIRED: &[(&str, &str)] = &[("TagCreateDto", "color"), ("TagUpdateDto", "color")];

/// The router of a running server.
pub fn router(app: &App, web: web::WebOptions) -> Router {
    let web = web::WebOptions { previews: Some(routes::shared_links::previews(app)), ..web };
    let (api, document) = routes::all().split_for_parts();
    let document = complete(document);
    let api = api
        .route_layer(middleware::from_fn_with_state(app.clone(), guard))
        .merge(not_built())
        .fallback(web::no_such_route)
        .method_not_allowed_fallback(web::no_such_route);
    Router::new()
        .nest("/api", api)
        .merge(described(document))
        .route("/.well-known/immich", get(async || axum::Json(json!({"api": {"endpoint": "/api"}}))))
        .merge(web::web_router(web))
        .layer(middleware::from_fn(etag::tag_json))
        .layer(middleware::from_fn(compression::compress_whole))
        .layer(middleware::from_fn_with_state(app.clone(), read_only::read_only))
        .layer(compression::compression_layer())
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            axum::response::IntoResponse::into_response(ApiError::internal_outside_handlers("a handler panicked"))
        }))
        .layer(middleware::from_fn(drain::drain))
        .layer(middleware::from_fn(correlation::correlate))
        .with_state(app.clone())
}

/// The document that describes the API, as it is published and committed.
#[must_use]
pub fn openapi_document() -> Value {
    complete(routes::all().into_openapi())
}

/// Operations that are not built answer 501 and nothing else.
fn not_built() -> Router<App> {
    let mut router = Router::new();
    for (method, path, name) in routes::not_built::NOT_BUILT {
        let Ok(method) = axum::http::Method::from_bytes(method.as_bytes()) else { continue };
        let Ok(filter) = axum::routing::MethodFilter::try_from(method) else { continue };
        let name: &'static str = name;
        let handler: MethodRouter<App> = on(filter, async move || ApiError::not_built(name));
        router = router.route(path, handler);
    }
    router
}

/// The document, and its explorer, which serves the document too.
fn described(document: Value) -> Router<App> {
    // JSON is YAML as well.
    let yaml = Bytes::from(document.to_string());
    let as_yaml = move || {
        let yaml = yaml.clone();
        async move { ([(header::CONTENT_TYPE, "text/yaml; charset=utf-8")], yaml) }
    };
    Router::from(utoipa_swagger_ui::SwaggerUi::new("/doc").external_url_unchecked("/api/spec.json", document))
        .route("/api/spec.yaml", get(as_yaml))
}

/// Adds what the routes do not say by themselves: title, security, permissions.
fn complete(document: OpenApi) -> Value {
    let mut document = serde_json::to_value(document).unwrap_or_default();
    document["info"] = json!({
        "title": "Albumen",
        "description": "The API of Albumen, compatible with that of Immich.",
        "version": API_VERSION,
    });
    document["servers"] = json!([{"url": "/api"}]);
    document["components"]["securitySchemes"] = json!({
        "bearer": {"type": "http", "scheme": "bearer"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": "immich_access_token"},
        "api_key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    });
    for (name, schema) in dto::parameter_schemas() {
        document["components"]["schemas"][name] = serde_json::to_value(schema).unwrap_or_default();
    }
    for policy in POLICIES {
        let operation = &mut document["paths"][policy.path][policy.method.to_lowercase()];
        if !operation.is_object() {
            continue;
        }
        if policy.who != Who::Anyone {
            operation["security"] = json!([{"bearer": []}, {"cookie": []}, {"api_key": []}]);
        }
        if let Some(permission) = policy.permission.filter(|permission| *permission != "all") {
            operation["x-immich-permission"] = json!(permission);
        }
        if policy.who == Who::Admin {
            operation["x-immich-admin-only"] = json!(true);
        }
    }
    for (schema, field) in DECLARED_AS_REQUIRED {
        if let Some(required) = document["components"]["schemas"][schema]["required"].as_array_mut() {
            required.insert(0, json!(field));
        } else if document["components"]["schemas"][schema].is_object() {
            document["components"]["schemas"][schema]["required"] = json!([field]);
        }
    }
    mark_what_is_newer(&mut document);
    prune(&mut document);
    document
}

fn mark_what_is_newer(document: &mut Value) {
    for (schema, parts) in NEWER_PARTS {
        let schema = &mut document["components"]["schemas"][schema];
        if schema.is_object() {
            schema[NEWER] = json!(parts);
        }
    }
    for (method, path, parameters) in NEWER_PARAMETERS {
        let operation = &mut document["paths"][path][method];
        if operation.is_object() {
            operation[NEWER] = json!(parameters);
        }
    }
}

/// Indexing a path that does not exist makes it: takes those out again.
fn prune(document: &mut Value) {
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.retain(|_, schema| !schema.is_null());
    }
    if let Some(paths) = document["paths"].as_object_mut() {
        for operations in paths.values_mut().filter_map(Value::as_object_mut) {
            operations.retain(|_, operation| operation.is_object());
        }
        paths.retain(|_, operations| operations.as_object().is_some_and(|operations| !operations.is_empty()));
    }
}
