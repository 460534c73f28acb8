//! Operations of the tag "History": what happened, and taking it back. They are our own; API keys reach
//! them with the permission `all`.

use albumen_domain::{Actor, StreamKind, fingerprint::fingerprint};
use albumen_projections::history::{HistoryFilter, Scope};
use axum::{
    Json,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use futures::stream;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::albums;
use crate::{
    access::{Auth, Caller, Request},
    app::App,
    dto::{
        history::{
            HistoryActorDto, HistoryActorKind, HistoryEntryDto, HistoryFormat, HistoryPositionPath, HistoryQuery,
            HistoryResponseDto, HistoryUndoQuery, HistoryUndoResponseDto,
        },
        wire::WireDateTime,
    },
    edge::{ApiError, Taking, ValidPath, ValidQuery},
    story::{DEFAULT_PAGE, EXPORT_PAGE, Entry, export::Form},
};

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_history)).routes(routes!(undo_event))
}

impl From<Entry> for HistoryEntryDto {
    fn from(entry: Entry) -> Self {
        let recorded = entry.recorded;
        let metadata = &recorded.metadata;
        let (kind, id) = match &metadata.actor {
            Actor::User { id } => (HistoryActorKind::User, Some(*id)),
            Actor::Job { .. } => (HistoryActorKind::Job, None),
            Actor::Operator => (HistoryActorKind::Operator, None),
            Actor::Anonymous => (HistoryActorKind::Anonymous, None),
        };
        Self {
            actor: HistoryActorDto { id, kind, name: entry.actor },
            api_key_id: metadata.api_key,
            at: WireDateTime(recorded.recorded_at),
            became: entry.told.became,
            client: metadata.client.clone(),
            correlation_id: metadata.correlation.clone(),
            erased: entry.told.erased,
            event: recorded.event.key().name.to_owned(),
            id: recorded.stream.id,
            kind: recorded.stream.kind.as_str().to_owned(),
            owner_id: entry.owner,
            position: recorded.position,
            reversible: entry.reversible,
            session_id: metadata.session,
            was: entry.told.was,
            words: entry.told.words,
        }
    }
}

/// What happened, as far as the caller may see it.
#[utoipa::path(
    get, path = "/history", tag = "History", operation_id = "getHistory",
    params(HistoryQuery),
    responses((status = 200, body = HistoryResponseDto))
)]
async fn get_history(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    taking: Taking,
    ValidQuery(query): ValidQuery<HistoryQuery>,
) -> Result<Response, ApiError> {
    let filter = filter_of(&app, &caller, &query).await?;
    match form_of(query.format, &headers) {
        None => {
            // It says what the caller may see, which can be long.
            let filter_text = format!("{filter:?}");
            let what = format!("history {:x}", fingerprint([filter_text.as_bytes()]));
            app.kept(&caller, what, &taking, &["history", "identity"], page(&app, &filter)).await
        }
        Some(form) => Ok(export(app, filter, query.limit, form)),
    }
}

async fn filter_of(app: &App, caller: &Auth, query: &HistoryQuery) -> Result<HistoryFilter, ApiError> {
    if let Some(kind) = &query.kind
        && kind.parse::<StreamKind>().is_err()
    {
        let kinds = StreamKind::ALL.map(StreamKind::as_str).join(", ");
        return Err(ApiError::bad_request(format!("Unknown kind {kind}; there are {kinds}")));
    }
    let scope = match query.id {
        Some(id) => app.story_scope(caller, id).await?,
        None => app.history_scope(caller).await?,
    };
    let events = query.event.as_deref().unwrap_or_default().split(',').map(str::trim);
    // A thing is told of with the work on it, which is of another kind.
    let kind = query.kind.clone().filter(|_| query.id.is_none());
    let mut filter = HistoryFilter {
        thing: query.id,
        kind,
        actor: query.actor_id,
        session: query.session_id,
        events: events.filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        after: query.after,
        before: query.before,
        newest_first: query.after.is_none() || query.before.is_some(),
        ..HistoryFilter::of(scope, query.limit.unwrap_or(DEFAULT_PAGE))
    };
    let time = |time: Option<WireDateTime>| time.map(|time| time.0);
    app.teller().within(&mut filter, time(query.from), time(query.until)).await?;
    Ok(filter)
}

/// The form that is asked for by name, or else by what the client takes.
fn form_of(format: Option<HistoryFormat>, headers: &HeaderMap) -> Option<Form> {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match format {
        Some(HistoryFormat::Json) => None,
        Some(HistoryFormat::Jsonl) => Some(Form::JsonLines),
        Some(HistoryFormat::Csv) => Some(Form::Csv),
        None if accepted.starts_with("application/x-ndjson") => Some(Form::JsonLines),
        None if accepted.starts_with("text/csv") => Some(Form::Csv),
        None => None,
    }
}

async fn page(app: &App, filter: &HistoryFilter) -> Result<HistoryResponseDto, ApiError> {
    let entries: Vec<HistoryEntryDto> =
        app.teller().entries(filter).await?.into_iter().map(HistoryEntryDto::from).collect();
    let is_full = entries.len() as i64 >= filter.limit;
    let older = entries.last().map(|entry| entry.position).filter(|_| is_full || !filter.newest_first);
    let newer = entries.first().map(|entry| entry.position);
    Ok(HistoryResponseDto { entries, newer, older })
}

/// All that is meant, told page by page while the client reads.
fn export(app: App, filter: HistoryFilter, limit: Option<i64>, form: Form) -> Response {
    let start = (app, filter, limit.unwrap_or(i64::MAX), Some(form.head().to_owned()));
    let pages = stream::try_unfold(start, move |(app, mut filter, left, head)| async move {
        if let Some(head) = head.filter(|head| !head.is_empty()) {
            return Ok::<_, std::io::Error>(Some((Bytes::from(head), (app, filter, left, None))));
        }
        if left == 0 {
            return Ok(None);
        }
        filter.newest_first = true;
        filter.limit = left.min(EXPORT_PAGE);
        let entries = app.teller().entries(&filter).await.map_err(std::io::Error::other)?;
        let Some(last) = entries.last() else { return Ok(None) };
        filter.before = Some(last.recorded.position);
        let left = left - entries.len() as i64;
        let lines: String = entries.into_iter().map(|entry| form.line(&entry.into())).collect();
        Ok(Some((Bytes::from(lines), (app, filter, left, None))))
    });
    ([(header::CONTENT_TYPE, form.media_type())], Body::from_stream(pages)).into_response()
}

/// Takes back what happened at a position, by events of its own.
#[utoipa::path(
    post, path = "/history/{position}/undo", tag = "History", operation_id = "undoEvent",
    params(HistoryPositionPath, HistoryUndoQuery),
    responses((status = 200, body = HistoryUndoResponseDto))
)]
async fn undo_event(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<HistoryPositionPath>,
    ValidQuery(query): ValidQuery<HistoryUndoQuery>,
) -> Result<Json<HistoryUndoResponseDto>, ApiError> {
    let refused = || ApiError::no_access("history.undo");
    let events = app.teller().done_at(path.position, query.whole.unwrap_or(false)).await?;
    if events.is_empty() {
        return Err(refused());
    }
    let mut things: Vec<_> = events.iter().map(|event| event.stream.id).collect();
    things.sort_unstable();
    things.dedup();
    for thing in things {
        let scope: Result<Scope, ApiError> = app.story_scope(&caller, thing).await;
        scope.map_err(|error| if error.status().is_server_error() { error } else { refused() })?;
    }
    let mut plan = app.teller().undoing(&events).await?;
    app.may_undo(&caller, &mut plan).await?;
    albums::leave_all(&app, &request, &plan.locked()).await?;
    let position = plan.run(&app.commands, &request.context).await?;
    if let Some(position) = position {
        app.reads.wait_for(position).await;
    }
    Ok(Json(HistoryUndoResponseDto { position, undone: events.len() as i64 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_named_or_accepted() {
        let accepts = |what: &'static str| HeaderMap::from_iter([(header::ACCEPT, what.parse().expect("a value"))]);
        assert_eq!(form_of(None, &accepts("*/*")), None);
        assert_eq!(form_of(None, &accepts("text/csv")), Some(Form::Csv));
        assert_eq!(form_of(Some(HistoryFormat::Jsonl), &accepts("text/csv")), Some(Form::JsonLines));
        assert_eq!(form_of(Some(HistoryFormat::Json), &accepts("text/csv")), None);
    }
}
