//! The mail server: whether it takes e-mails, and giving it one.

use std::time::Duration;

use albumen_domain::system::SmtpSettings;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Attachment, Mailbox, MultiPart, SinglePart, header::ContentType},
    transport::smtp::{
        self,
        authentication::Credentials,
        client::{Tls, TlsParameters},
        response::Category,
    },
};

use super::letter::{Letter, PICTURE_ID, Picture};

/// A server that is there answers a connection in far less.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// All that is said to it, pictures included; one that says nothing would be waited for without end.
const TALK_TIMEOUT: Duration = Duration::from_secs(30);

/// Why an e-mail was not sent. What the server said in words is left out: it names people.
#[derive(Debug, thiserror::Error)]
pub enum MailFailure {
    /// No mail server was there to ask: nothing was tried.
    #[error("{0}")]
    Unavailable(String),
    /// Another time it may be taken.
    #[error("{0}")]
    Failed(String),
    /// The same e-mail will be refused again.
    #[error("{0}")]
    Refused(String),
}

impl MailFailure {
    /// Whether the same e-mail will be refused again.
    #[must_use]
    pub const fn is_permanent(&self) -> bool {
        matches!(self, Self::Refused(_))
    }

    /// Once a server was there and was told of an e-mail, it may have taken it: each further try counts, so that nobody is
    /// sent the same without end.
    fn while_sending(self) -> Self {
        match self {
            Self::Unavailable(reason) => Self::Failed(reason),
            failure => failure,
        }
    }
}

impl From<smtp::Error> for MailFailure {
    fn from(error: smtp::Error) -> Self {
        match error.status() {
            Some(code) => {
                let reason = format!("the mail server refuses with the code {code}");
                // Of the others, a password that is wrong for instance, an administrator can mend some.
                let is_about_mailbox = code.category == Category::MailSystem;
                if error.is_permanent() && is_about_mailbox { Self::Refused(reason) } else { Self::Failed(reason) }
            }
            None if error.is_response() => Self::Failed("the mail server answers what no mail server does".to_owned()),
            None if error.is_client() || error.is_tls() => Self::Failed(error.to_string()),
            // No connection, or one that broke off.
            None => Self::Unavailable(error.to_string()),
        }
    }
}

/// Finds out whether the server is there and lets us in.
///
/// # Errors
/// It is not, or does not.
pub async fn verify(smtp: &SmtpSettings) -> Result<(), MailFailure> {
    let transport = transport(smtp)?;
    if talk(transport.test_connection()).await? {
        return Ok(());
    }
    Err(MailFailure::Unavailable("the mail server has hung up".to_owned()))
}

/// Gives the server an e-mail; returns the id by which mail servers know it. `name` is what of that id tells it from all
/// others: who is sent it twice by accident sees it once.
///
/// # Errors
/// The server does not take it.
pub async fn send(smtp: &SmtpSettings, recipient: &str, letter: Letter, name: &str) -> Result<String, MailFailure> {
    let (message, id) = message(smtp, recipient, letter, name)?;
    verify(smtp).await?;
    talk(transport(smtp)?.send(message)).await.map_err(MailFailure::while_sending)?;
    Ok(id)
}

async fn talk<T>(talk: impl Future<Output = Result<T, smtp::Error>>) -> Result<T, MailFailure> {
    let answer = tokio::time::timeout(TALK_TIMEOUT, talk).await;
    Ok(answer.map_err(|_| MailFailure::Unavailable("the mail server does not answer in time".to_owned()))??)
}

fn transport(smtp: &SmtpSettings) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailFailure> {
    let server = &smtp.transport;
    if server.host.is_empty() {
        return Err(MailFailure::Failed("notifications.smtp.transport.host names no mail server".to_owned()));
    }
    let parameters = TlsParameters::builder(server.host.clone())
        .dangerous_accept_invalid_certs(server.ignore_cert)
        .dangerous_accept_invalid_hostnames(server.ignore_cert)
        .build()?;
    let tls = if server.secure { Tls::Wrapper(parameters) } else { Tls::Opportunistic(parameters) };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.host.clone())
        .port(server.port)
        .tls(tls)
        .timeout(Some(CONNECT_TIMEOUT));
    if !server.username.is_empty() || !server.password.is_empty() {
        builder = builder.credentials(Credentials::new(server.username.clone(), server.password.clone()));
    }
    Ok(builder.build())
}

/// The e-mail as it travels, and its id.
fn message(smtp: &SmtpSettings, recipient: &str, letter: Letter, name: &str) -> Result<(Message, String), MailFailure> {
    let from = mailbox(&smtp.from, "notifications.smtp.from")?;
    let reply_to =
        if smtp.reply_to.is_empty() { from.clone() } else { mailbox(&smtp.reply_to, "notifications.smtp.replyTo")? };
    // Without a name: nobody but they themselves would read it.
    let to =
        recipient.parse::<Address>().map_err(|_| MailFailure::Refused("the recipient's address is none".to_owned()))?;
    let id = format!("<{name}@{}>", from.email.domain());
    let message = Message::builder()
        .from(from)
        .reply_to(reply_to)
        .to(Mailbox::new(None, to))
        .subject(letter.subject.clone())
        .message_id(Some(id.clone()))
        .multipart(content(letter)?)
        .map_err(|error| MailFailure::Refused(format!("the e-mail cannot be put together: {error}")))?;
    Ok((message, id))
}

/// An administrator can mend it, so it may work later.
fn mailbox(text: &str, setting: &str) -> Result<Mailbox, MailFailure> {
    text.parse::<Mailbox>().map_err(|_| MailFailure::Failed(format!("{setting} is no address of e-mail")))
}

fn content(letter: Letter) -> Result<MultiPart, MailFailure> {
    let (plain, html) = (SinglePart::plain(letter.text), SinglePart::html(letter.html));
    let both = MultiPart::alternative().singlepart(plain);
    let Some(Picture { media_type, bytes }) = letter.picture else { return Ok(both.singlepart(html)) };
    let media_type = ContentType::parse(media_type)
        .map_err(|_| MailFailure::Refused(format!("{media_type} is no type of pictures")))?;
    let picture = Attachment::new_inline(PICTURE_ID.to_owned()).body(bytes.to_vec(), media_type);
    Ok(both.multipart(MultiPart::related().singlepart(html).singlepart(picture)))
}

#[cfg(test)]
mod tests {
    use albumen_domain::system::{EmailTemplates, SmtpTransport};
    use bytes::Bytes;

    use super::*;
    use crate::mail::Template;

    fn settings() -> SmtpSettings {
        SmtpSettings {
            enabled: true,
            from: "Our Photos <photos@example.org>".into(),
            reply_to: String::new(),
            transport: SmtpTransport {
                ignore_cert: false,
                host: "mail.example.org".into(),
                port: 587,
                secure: false,
                username: String::new(),
                password: String::new(),
            },
        }
    }

    fn letter(album: &str) -> Letter {
        Template::AlbumNews.letter(&EmailTemplates::default(), &[("albumName", album)])
    }

    fn formatted(smtp: &SmtpSettings, letter: Letter) -> String {
        let (message, _) = message(smtp, "bob@example.org", letter, "1").expect("can be put together");
        String::from_utf8(message.formatted()).expect("is text")
    }

    /// The headers of a message, with folded lines in one.
    fn headers(message: &str) -> Vec<String> {
        let (headers, _) = message.split_once("\r\n\r\n").expect("has a body");
        headers.replace("\r\n ", " ").lines().map(str::to_owned).collect()
    }

    #[test]
    fn answers_go_to_the_sender_unless_somebody_else_is_named() {
        let found = headers(&formatted(&settings(), letter("Summer")));
        for expected in [
            "From: \"Our Photos\" <photos@example.org>",
            "Reply-To: \"Our Photos\" <photos@example.org>",
            "To: bob@example.org",
            "Message-ID: <1@example.org>",
            "Subject: New media has been added to an album - Summer",
        ] {
            assert!(found.iter().any(|line| line == expected), "{expected}: {found:?}");
        }
        let smtp = SmtpSettings { reply_to: "help@example.org".into(), ..settings() };
        assert!(headers(&formatted(&smtp, letter("x"))).contains(&"Reply-To: help@example.org".to_owned()));
    }

    #[test]
    fn names_make_no_headers() {
        for album in ["Summer\r\nBcc: eve@example.org", "Été\nBcc: eve@example.org\n\nHello", "\u{2028}Bcc: x\r"] {
            let found = headers(&formatted(&settings(), letter(album)));
            assert!(!found.iter().any(|line| line.starts_with("Bcc")), "{found:?}");
            assert_eq!(found.iter().filter(|line| line.starts_with("Subject:")).count(), 1);
        }
    }

    #[test]
    fn a_picture_travels_with_the_html() {
        let picture = Picture { media_type: "image/webp", bytes: Bytes::from_static(&[0, 1, 2]) };
        let shown = formatted(&settings(), letter("Summer").showing(Some(picture)));
        for part in ["multipart/alternative", "multipart/related", "Content-ID: <album-thumbnail>", "image/webp"] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        assert!(!formatted(&settings(), letter("Summer")).contains("multipart/related"));
    }

    #[test]
    fn an_address_that_is_none_is_said_to_be() {
        let smtp = SmtpSettings { from: "nobody".into(), ..settings() };
        let failure = message(&smtp, "bob@example.org", letter("x"), "1").expect_err("is refused");
        assert!(failure.to_string().contains("notifications.smtp.from") && !failure.is_permanent());
        let failure = message(&settings(), "bob", letter("x"), "1").expect_err("is refused");
        assert!(failure.is_permanent() && !failure.to_string().contains("bob"));
    }

    #[test]
    fn what_may_have_been_taken_is_not_brought_without_end() {
        let failure = MailFailure::Unavailable("it has hung up".to_owned()).while_sending();
        assert!(matches!(failure, MailFailure::Failed(_)), "{failure}");
        assert!(MailFailure::Refused("refused".to_owned()).while_sending().is_permanent());
    }

    #[tokio::test]
    async fn where_nobody_is_there_nothing_is_tried() {
        let port = {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
            listener.local_addr().expect("has an address").port()
        };
        let mut smtp = settings();
        smtp.transport.host = "127.0.0.1".into();
        smtp.transport.port = port;
        let failure = verify(&smtp).await.expect_err("nobody listens");
        assert!(matches!(failure, MailFailure::Unavailable(_)), "{failure}");
        let failure = send(&smtp, "bob@example.org", letter("x"), "1").await.expect_err("nobody listens");
        assert!(matches!(failure, MailFailure::Unavailable(_)), "{failure}");
    }
}
