//! E-mails that administrators look at: texts filled in with examples, and one that is really sent.

use albumen_domain::system::{SmtpSettings, SmtpTransport};
use albumen_workers::mail::{self, MailFailure, Template, Values};
use axum::{Json, extract::State};
use uuid::Uuid;

use crate::{
    access::Caller,
    app::App,
    dto::{
        notifications::{TemplateDto, TemplatePath, TemplateResponseDto, TestEmailResponseDto},
        system_config::SystemConfigSmtpDto,
    },
    edge::{ApiError, ValidJson, ValidPath},
};

/// An example of each value.
const EXAMPLES: &Values<'static> = &[
    ("displayName", "John Doe"),
    ("username", "john@doe.com"),
    ("password", "thisIsAPassword123"),
    ("albumName", "Favorite Photos"),
    ("recipientName", "Jane Doe"),
    ("senderName", "John Doe"),
    ("albumId", "1"),
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
    let template = Template::by_name(&path.name);
    let template = template.ok_or_else(|| ApiError::bad_request(format!("Unknown template: {}", path.name)))?;
    let html = template.html(&body.template, &examples(in_force.settings.server.base_url()));
    Ok(Json(TemplateResponseDto { html, name: path.name }))
}

fn examples(base_url: &str) -> Vec<(&str, &str)> {
    EXAMPLES.iter().copied().chain([("baseUrl", base_url)]).collect()
}

/// Sends the caller an e-mail by a mail server that is not in force yet.
#[utoipa::path(
    post, path = "/admin/notifications/test-email", tag = "Notifications (admin)", operation_id = "sendTestEmailAdmin",
    request_body = SystemConfigSmtpDto,
    responses((status = 200, body = TestEmailResponseDto))
)]
pub async fn send_test_email_admin(
    State(app): State<App>,
    caller: Caller,
    ValidJson(wanted): ValidJson<SystemConfigSmtpDto>,
) -> Result<Json<TestEmailResponseDto>, ApiError> {
    let smtp = settings(wanted);
    mail::verify(&smtp).await.map_err(refused)?;
    let in_force = app.configuration.current();
    let settings = &in_force.settings;
    let values = [("displayName", caller.account.name.as_str()), ("baseUrl", settings.server.base_url())];
    let letter = Template::Test.letter(&settings.templates.email, &values);
    let name = Uuid::new_v4().to_string();
    let message_id = mail::send(&smtp, &caller.account.email, letter, &name).await.map_err(refused)?;
    Ok(Json(TestEmailResponseDto { message_id }))
}

/// The words are those that clients know; the server's log says more.
fn refused(failure: MailFailure) -> ApiError {
    tracing::warn!(%failure, "a test e-mail was not sent");
    ApiError::bad_request("Failed to verify SMTP configuration")
}

fn settings(wanted: SystemConfigSmtpDto) -> SmtpSettings {
    let server = wanted.transport;
    SmtpSettings {
        enabled: wanted.enabled,
        from: wanted.from,
        reply_to: wanted.reply_to,
        transport: SmtpTransport {
            ignore_cert: server.ignore_cert,
            host: server.host,
            port: server.port,
            secure: server.secure,
            username: server.username,
            password: server.password,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_words_are_filled_in_and_others_stay() {
        let filled = |name: &str, text: &str| {
            Template::by_name(name).map(|template| template.html(text, &examples("https://a.example")))
        };
        let html = filled("album-invite", "{senderName}: {albumName} {nonsense} {baseUrl}");
        assert_eq!(html.as_deref(), Some("John Doe: Favorite Photos {nonsense} https://a.example"));
        assert!(filled("welcome", "").is_some_and(|html| html.contains("john@doe.com") && !html.contains('{')));
        assert_eq!(filled("farewell", ""), None);
    }
}
