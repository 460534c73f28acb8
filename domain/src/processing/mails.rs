//! E-mails about albums, which members are written.
//!
//! All e-mails to one recipient about one album are a stream: of news that come soon after one another only the last request
//! is left, so they go into one e-mail.

use uuid::Uuid;

/// The id of the stream of e-mails to a recipient about an album: always the same, and in the form of a random one.
#[must_use]
pub fn mail_id(album: Uuid, recipient: Uuid) -> Uuid {
    let both = album.as_u128() ^ recipient.as_u128();
    uuid::Builder::from_random_bytes(both.to_be_bytes()).into_uuid()
}

/// The album that e-mails of a stream are about. What joins two ids parts them again, since both were random.
#[must_use]
pub fn album_of_mail(mail: Uuid, recipient: Uuid) -> Uuid {
    mail_id(mail, recipient)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_tells_its_album() {
        let random = |seed: u128| {
            let bits = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
            uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
        };
        let (album, ada, bob) = (random(1), random(2), random(3));
        assert_eq!(album_of_mail(mail_id(album, ada), ada), album);
        assert_ne!(mail_id(album, ada), mail_id(album, bob));
        assert_ne!(mail_id(album, ada), mail_id(ada, bob));
        assert_eq!(mail_id(album, ada).get_version_num(), 4);
    }
}
