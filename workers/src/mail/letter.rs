//! What an e-mail says: a text with `{words}` that stand for values, ours or an administrator's.

use albumen_domain::system::EmailTemplates;
use bytes::Bytes;

/// By which name the HTML of an e-mail shows the picture of an album.
pub(super) const PICTURE_ID: &str = "album-thumbnail";

/// The values that words stand for.
pub type Values<'a> = [(&'a str, &'a str)];

/// Which e-mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// To find out whether e-mails arrive.
    Test,
    /// To a new user.
    Welcome,
    /// To a new member of an album.
    AlbumInvitation,
    /// About what came into an album.
    AlbumNews,
}

/// An e-mail without its recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// What most see.
    pub html: String,
    /// What those see who read no HTML.
    pub text: String,
    /// Shown by the HTML.
    pub picture: Option<Picture>,
}

/// A picture in an e-mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// For example `image/webp`.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Bytes,
}

impl Template {
    /// One that administrators can replace, by its name in the API.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "welcome" => Some(Self::Welcome),
            "album-invite" => Some(Self::AlbumInvitation),
            "album-update" => Some(Self::AlbumNews),
            _ => None,
        }
    }

    /// The HTML: that of `chosen` or, where that is empty, our own. Words that mean nothing stay.
    #[must_use]
    pub fn html(self, chosen: &str, values: &Values<'_>) -> String {
        fill(if chosen.is_empty() { self.own() } else { chosen }, values, escaped)
    }

    /// The whole e-mail, by the texts that the configuration has for it.
    #[must_use]
    pub fn letter(self, chosen: &EmailTemplates, values: &Values<'_>) -> Letter {
        let html = self.html(self.of(chosen), values);
        let subject = fill(self.subject(), values, str::to_owned);
        // Names can hold line breaks, and what follows one would be a header of its own.
        let subject = subject.replace(char::is_control, " ");
        Letter { subject, text: text_of(&html), html, picture: None }
    }

    fn of(self, chosen: &EmailTemplates) -> &str {
        match self {
            Self::Test => "",
            Self::Welcome => &chosen.welcome_template,
            Self::AlbumInvitation => &chosen.album_invite_template,
            Self::AlbumNews => &chosen.album_update_template,
        }
    }

    const fn subject(self) -> &'static str {
        match self {
            Self::Test => "Test email from Immich",
            Self::Welcome => "Welcome to Immich",
            Self::AlbumInvitation => "You have been added to a shared album - {albumName}",
            Self::AlbumNews => "New media has been added to an album - {albumName}",
        }
    }

    const fn own(self) -> &'static str {
        match self {
            Self::Test => {
                "<p>Hello {displayName},</p>\
                 <p>E-mails from your photo server arrive: <a href=\"{baseUrl}\">{baseUrl}</a></p>"
            }
            Self::Welcome => {
                "<p>Hello {displayName},</p><p>An account was made for you.</p>\
                 <p>Log in at <a href=\"{baseUrl}\">{baseUrl}</a> as {username} with the password {password}</p>"
            }
            Self::AlbumInvitation => {
                "<p>Hello {recipientName},</p><p>{senderName} shared the album {albumName} with you.</p>\
                 <p>Open it: <a href=\"{baseUrl}/albums/{albumId}\">{baseUrl}/albums/{albumId}</a></p>"
            }
            Self::AlbumNews => {
                "<p>Hello {recipientName},</p><p>There is something new in the album {albumName}.</p>\
                 <p>Open it: <a href=\"{baseUrl}/albums/{albumId}\">{baseUrl}/albums/{albumId}</a></p>"
            }
        }
    }
}

impl Letter {
    /// With a picture, which stands at the end unless the text has a place for it.
    #[must_use]
    pub fn showing(mut self, picture: Option<Picture>) -> Self {
        if picture.is_some() && !self.html.contains(&format!("cid:{PICTURE_ID}")) {
            self.html.push_str(&format!("<p><img src=\"cid:{PICTURE_ID}\" alt=\"\"></p>"));
        }
        Self { picture, ..self }
    }
}

/// Puts values in place of the words that are known. What a value says is no word any more.
fn fill(template: &str, values: &Values<'_>, shown: impl Fn(&str) -> String) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let known = after.split_once('}').and_then(|(word, behind)| {
            let &(_, value) = values.iter().find(|(name, _)| *name == word)?;
            Some((value, behind))
        });
        if let Some((value, behind)) = known {
            filled.push_str(&shown(value));
            rest = behind;
        } else {
            filled.push('{');
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}

/// The characters that mean something in HTML, and what stands for them. The first stands in the others.
const ENTITIES: [(&str, &str); 5] = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&#39;")];

fn escaped(value: &str) -> String {
    ENTITIES.iter().fold(value.to_owned(), |text, (plain, entity)| text.replace(plain, entity))
}

/// What HTML says, without its tags: a line for each block.
fn text_of(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        let (tag, behind) = after.split_once('>').unwrap_or((after, ""));
        if ends_line(tag) {
            text.push('\n');
        }
        rest = behind;
    }
    text.push_str(rest);
    let text = ENTITIES.iter().rev().fold(text, |text, (plain, entity)| text.replace(entity, plain));
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("\n\n")
}

fn ends_line(tag: &str) -> bool {
    let name = tag.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let blocks = ["p", "br", "div", "h1", "h2", "h3", "h4", "li", "tr"];
    blocks.iter().any(|block| name.eq_ignore_ascii_case(block))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: &Values<'static> = &[
        ("albumName", "Ada & <Bob>"),
        ("recipientName", "{baseUrl}"),
        ("senderName", "O'Neill"),
        ("albumId", "1"),
        ("baseUrl", "https://a.example/?x=1&y=2"),
    ];

    #[test]
    fn known_words_are_filled_in_and_others_stay() {
        let html = Template::AlbumNews.html("{albumId}{nonsense} {{albumId}} {", VALUES);
        assert_eq!(html, "1{nonsense} {1} {");
    }

    #[test]
    fn values_are_no_html_and_no_words() {
        let html = Template::AlbumNews.html("{recipientName} {albumName} {senderName}", VALUES);
        assert_eq!(html, "{baseUrl} Ada &amp; &lt;Bob&gt; O&#39;Neill");
    }

    #[test]
    fn our_own_texts_know_their_words() {
        let account = [("displayName", "Ada"), ("username", "a@b.c"), ("password", "secret"), ("baseUrl", "https://x")];
        let album = ["albumName", "recipientName", "senderName", "albumId", "baseUrl"].map(|word| (word, "x"));
        for (template, values) in [
            (Template::Test, &account[..]),
            (Template::Welcome, &account[..]),
            (Template::AlbumInvitation, &album[..]),
            (Template::AlbumNews, &album[..]),
        ] {
            let letter = template.letter(&EmailTemplates::default(), values);
            assert!(!format!("{}{}{}", letter.subject, letter.html, letter.text).contains('{'), "{letter:?}");
        }
    }

    #[test]
    fn the_text_says_what_the_html_says() {
        let letter = Template::AlbumInvitation.letter(&EmailTemplates::default(), VALUES);
        let lines: Vec<&str> = letter.text.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(
            lines,
            [
                "Hello {baseUrl},",
                "O'Neill shared the album Ada & <Bob> with you.",
                "Open it: https://a.example/?x=1&y=2/albums/1",
            ]
        );
        assert_eq!(text_of("<pre>a</pre>&amp;lt;<BR/>b<p class=\"x\">c</p"), "a&lt;\n\nb\n\nc");
    }

    #[test]
    fn a_chosen_text_takes_the_place_of_ours() {
        let chosen =
            EmailTemplates { album_update_template: "<h1>{albumName}</h1>".into(), ..EmailTemplates::default() };
        let letter = Template::AlbumNews.letter(&chosen, VALUES);
        assert_eq!((letter.html.as_str(), letter.text.as_str()), ("<h1>Ada &amp; &lt;Bob&gt;</h1>", "Ada & <Bob>"));
        assert_eq!(letter.subject, "New media has been added to an album - Ada & <Bob>");
        assert!(Template::AlbumInvitation.letter(&chosen, VALUES).html.contains("shared the album"));
    }

    #[test]
    fn a_subject_is_one_line() {
        let values: &Values<'_> = &[("albumName", "Summer\r\nBcc: eve@example.org")];
        let letter = Template::AlbumNews.letter(&EmailTemplates::default(), values);
        assert_eq!(letter.subject, "New media has been added to an album - Summer  Bcc: eve@example.org");
    }

    #[test]
    fn a_picture_has_one_place() {
        let picture = || Some(Picture { media_type: "image/webp", bytes: Bytes::from_static(b"x") });
        let shows = |text: &str| {
            let chosen = EmailTemplates { album_update_template: text.into(), ..EmailTemplates::default() };
            let letter = Template::AlbumNews.letter(&chosen, VALUES);
            [letter.clone().showing(picture()), letter.showing(None)].map(|letter| letter.html)
        };
        assert_eq!(shows("x"), ["x<p><img src=\"cid:album-thumbnail\" alt=\"\"></p>", "x"]);
        let placed = "<img src=\"cid:album-thumbnail\">x";
        assert_eq!(shows(placed), [placed, placed]);
    }
}
