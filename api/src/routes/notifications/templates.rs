//! E-mails as they would look, filled in with examples. Sending them is not built yet.

use axum::{Json, extract::State};

use crate::{
    app::App,
    dto::notifications::{TemplateDto, TemplatePath, TemplateResponseDto},
    edge::{ApiError, ValidJson, ValidPath},
};

/// Where links go while nobody has said where the server is reached.
const DEFAULT_BASE_URL: &str = "https://my.immich.app";

/// Words that can stand in an e-mail, each with an example.
type Examples = &'static [(&'static str, &'static str)];

/// Each e-mail: its name, its text, and examples.
const TEMPLATES: [(&str, &str, Examples); 3] = [
    (
        "welcome",
        "<p>Hello {displayName},</p><p>An account was made for you.</p>\
         <p>Log in at <a href=\"{baseUrl}\">{baseUrl}</a> as {username} with the password {password}.</p>",
        &[("displayName", "John Doe"), ("username", "john@doe.com"), ("password", "thisIsAPassword123")],
    ),
    (
        "album-invite",
        "<p>Hello {recipientName},</p><p>{senderName} shared the album {albumName} with you.</p>\
         <p><a href=\"{baseUrl}/albums/{albumId}\">Open it</a></p>",
        &[
            ("albumName", "Favorite Photos"),
            ("recipientName", "Jane Doe"),
            ("senderName", "John Doe"),
            ("albumId", "1"),
        ],
    ),
    (
        "album-update",
        "<p>Hello {recipientName},</p><p>There is something new in the album {albumName}.</p>\
         <p><a href=\"{baseUrl}/albums/{albumId}\">Open it</a></p>",
        &[("albumName", "Favorite Photos"), ("recipientName", "Jane Doe"), ("albumId", "1")],
    ),
];

/// Shows an e-mail filled in with examples.
#[utoipa::path(
    post, path = "/admin/notifications/templates/{name}", tag = "Notifications (admin)",
    operation_id = "getNotificationTemplateAdmin",
    params(TemplatePath),
    request_body = TemplateDto,
    responses((status = 200, body = TemplateResponseDto))
)]
pub async fn get_notification_template_admin(
    State(app): State<App>,
    ValidPath(path): ValidPath<TemplatePath>,
    ValidJson(body): ValidJson<TemplateDto>,
) -> Result<Json<TemplateResponseDto>, ApiError> {
    let in_force = app.configuration.current();
    let domain = in_force.settings.server.external_domain.as_str();
    let base_url = if domain.is_empty() { DEFAULT_BASE_URL } else { domain };
    let html = filled(&path.name, &body.template, base_url)
        .ok_or_else(|| ApiError::bad_request(format!("Unknown template: {}", path.name)))?;
    Ok(Json(TemplateResponseDto { html, name: path.name }))
}

/// An e-mail by its name; an empty template stands for our own text. Words that are not known stay.
fn filled(name: &str, template: &str, base_url: &str) -> Option<String> {
    let (_, own, examples) = TEMPLATES.iter().find(|(known, _, _)| *known == name)?;
    let text = if template.is_empty() { own } else { template };
    let values = examples.iter().copied().chain([("baseUrl", base_url)]);
    Some(values.fold(text.to_owned(), |text, (word, value)| text.replace(&format!("{{{word}}}"), value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_words_are_filled_in_and_others_stay() {
        let html = filled("album-invite", "{senderName}: {albumName} {nonsense} {baseUrl}", "https://a.example");
        assert_eq!(html.as_deref(), Some("John Doe: Favorite Photos {nonsense} https://a.example"));
        assert!(filled("welcome", "", "x").is_some_and(|html| html.contains("john@doe.com") && !html.contains('{')));
        assert_eq!(filled("farewell", "", "x"), None);
    }
}
