//! Which assets of whom a timeline shows.

use albumen_projections::library::{BucketFilter, TimeBy};
use chrono::{Datelike, NaiveDate};
use uuid::Uuid;

use crate::{
    access::Auth,
    dto::{
        assets::AssetVisibility,
        timeline::{AssetOrder, AssetOrderBy, TimeBucketQuery, TimeBucketsQuery},
        wire::{parse_date, parse_date_time},
    },
    edge::{ApiError, validate::Issue},
};

/// What both operations ask for alike.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    album_id: Option<Uuid>,
    bbox: Option<String>,
    is_favorite: Option<bool>,
    is_trashed: bool,
    order: Option<AssetOrder>,
    order_by: Option<AssetOrderBy>,
    person_id: Option<Uuid>,
    tag_id: Option<Uuid>,
    user_id: Option<Uuid>,
    visibility: Option<AssetVisibility>,
    with_partners: bool,
    with_stacked: bool,
}

macro_rules! wanted_from {
    ($query:ty) => {
        impl From<$query> for Wanted {
            fn from(query: $query) -> Self {
                Self {
                    album_id: query.album_id,
                    bbox: query.bbox,
                    is_favorite: query.is_favorite,
                    is_trashed: query.is_trashed == Some(true),
                    order: query.order,
                    order_by: query.order_by,
                    person_id: query.person_id,
                    tag_id: query.tag_id,
                    user_id: query.user_id,
                    visibility: query.visibility,
                    with_partners: query.with_partners == Some(true),
                    with_stacked: query.with_stacked == Some(true),
                }
            }
        }
    };
}

wanted_from!(TimeBucketQuery);
wanted_from!(TimeBucketsQuery);

impl Wanted {
    /// The album that is shown, which the caller must be able to read.
    pub const fn album(&self) -> Option<Uuid> {
        self.album_id
    }

    /// Of these users; none for everybody in an album. What others have in the trash and which of
    /// theirs they like is not told.
    fn owners(&self, caller: Uuid) -> Vec<Uuid> {
        let is_private = self.is_trashed || self.is_favorite == Some(true);
        match self.user_id {
            None if self.album_id.is_some() && !is_private => Vec::new(),
            user => vec![user.unwrap_or(caller)],
        }
    }

    /// Whether somebody's timeline is asked for by name.
    pub const fn names_user(&self) -> bool {
        self.user_id.is_some()
    }

    /// Whether it is asked for what is told to owners alone: their trash, what they like, whom and
    /// what they see in a picture.
    pub const fn is_private(&self) -> bool {
        self.is_trashed || self.is_favorite.is_some() || self.person_id.is_some() || self.tag_id.is_some()
    }

    /// Whether partners are asked for.
    pub const fn shows_partners(&self) -> bool {
        self.with_partners
    }

    /// The user whose timeline is asked for, if that is somebody else, and what has to be allowed.
    pub fn other(&self, caller: Uuid) -> Option<(Uuid, &'static str)> {
        let is_archive = self.visibility == Some(AssetVisibility::Archive);
        let permission = if is_archive { "archive.read" } else { "timeline.read" };
        self.user_id.filter(|user| *user != caller).map(|user| (user, permission))
    }

    /// Refuses what the caller may not see, but for the album and the timeline of another user.
    pub fn check(&self, auth: &Auth) -> Result<(), ApiError> {
        let is_mine = self.other(auth.user_id()).is_none();
        if self.visibility == Some(AssetVisibility::Locked) {
            auth.require_elevation()?;
            if !is_mine {
                return Err(ApiError::bad_request("You may not access another user's locked timeline"));
            }
        }
        // What others have in the trash is theirs alone.
        if !is_mine && self.is_trashed {
            return Err(ApiError::no_access("timeline.read"));
        }
        if self.with_partners && !self.suits_partners() {
            return Err(ApiError::bad_request(
                "withPartners is only supported for non-archived, non-trashed, non-favorited, non-locked assets",
            ));
        }
        Ok(())
    }

    fn suits_partners(&self) -> bool {
        matches!(self.visibility, Some(AssetVisibility::Timeline | AssetVisibility::Hidden))
            && self.is_favorite.is_none()
            && !self.is_trashed
    }

    /// The tag that is shown, which must be the caller's.
    pub const fn tag(&self) -> Option<Uuid> {
        self.tag_id
    }

    /// The question to the library; none when nothing can fit.
    pub fn filter(&self, caller: Uuid, partners: Vec<Uuid>) -> Result<Option<BucketFilter>, ApiError> {
        let bounds = self.bbox.as_deref().map(bounds_of_text).transpose()?;
        let is_others = self.other(caller).is_some();
        // Which of theirs others like is not told: to the caller they like none.
        let is_hidden = is_others && self.is_favorite == Some(true);
        if is_hidden {
            return Ok(None);
        }
        let mut owners = self.owners(caller);
        if !owners.is_empty() {
            owners.extend(partners);
        }
        let visibility = self.visibility.or(is_others.then_some(AssetVisibility::Timeline));
        Ok(Some(BucketFilter {
            owners,
            album: self.album_id,
            tag: self.tag_id,
            person: self.person_id,
            tops_of_stacks: self.with_stacked,
            trashed: self.is_trashed,
            visibility: visibility.map(|visibility| visibility.meant().as_str().to_owned()),
            favorite: self.is_favorite.filter(|_| !is_others),
            by: match self.order_by {
                Some(AssetOrderBy::CreatedAt) => TimeBy::Created,
                Some(AssetOrderBy::TakenAt) | None => TimeBy::Taken,
            },
            ascending: self.order == Some(AssetOrder::Asc),
            bounds,
        }))
    }
}

/// Reads `west,south,east,north`.
fn bounds_of_text(text: &str) -> Result<[f64; 4], ApiError> {
    let refusal = || {
        let message = "Invalid bbox: expected west,south,east,north in degrees";
        ApiError::validation(vec![Issue::custom(&["bbox"], message)])
    };
    let numbers: Result<Vec<f64>, _> = text.split(',').map(|number| number.trim().parse()).collect();
    let bounds: [f64; 4] = numbers.ok().and_then(|numbers| numbers.try_into().ok()).ok_or_else(refusal)?;
    let [west, south, east, north] = bounds;
    let is_sane = [west, east].iter().all(|degrees| degrees.abs() <= 180.0)
        && [south, north].iter().all(|degrees| degrees.abs() <= 90.0)
        && south <= north;
    if is_sane { Ok(bounds) } else { Err(refusal()) }
}

/// Reads the name of a bucket: a date, or a date and time whose offset may be left out, after a sign that is
/// passed over. Years after 9999 have five or six digits. None for a day that no bucket begins with.
pub fn month_of_text(text: &str) -> Result<Option<NaiveDate>, ApiError> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    // Calendars of years that are ten thousand apart are alike.
    let (myriads, name) = unsigned.split_at(digits.saturating_sub(4).min(2));
    let day_of_time = |moment: &str| parse_date_time(moment).map(|time| time.to_utc().date_naive());
    let date = parse_date(name).or_else(|| day_of_time(name)).or_else(|| day_of_time(&format!("{name}Z")));
    let date = date.ok_or_else(|| {
        let message = "Invalid time bucket: expected a date such as 2024-01-01";
        ApiError::validation(vec![Issue::custom(&["timeBucket"], message)])
    })?;
    let is_shown = date.day() == 1 && myriads.bytes().all(|digit| digit == b'0');
    Ok(is_shown.then_some(date))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_named_by_their_first_day() {
        let january = NaiveDate::from_ymd_opt(2024, 1, 1);
        for (text, expected) in [
            ("2024-01-01", Some(january)),
            ("2024-01-01T00:00:00.000Z", Some(january)),
            ("2024-01-01T00:00:00", Some(january)),
            ("-2024-01-01", Some(january)),
            ("+002024-01-01T00:00:00.000Z", Some(january)),
            ("2024-01-15", Some(None)),
            ("012345-01-01", Some(None)),
            ("+012345-01-01T00:00:00.000Z", Some(None)),
            ("12024-02-29", Some(None)),
            ("12023-02-29", None),
            ("0012345-01-01", None),
            ("2024-01-01Z", None),
            ("2024-13-01", None),
            ("", None),
            ("january", None),
        ] {
            assert_eq!(month_of_text(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn a_box_has_four_sides() {
        assert_eq!(bounds_of_text("11.07,49.41, 11.11,49.45").ok(), Some([11.07, 49.41, 11.11, 49.45]));
        // Across the date line.
        assert!(bounds_of_text("170,-10,-170,10").is_ok());
        for text in ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "0,10,1,-10", "0,0,181,1", "NaN,0,1,1", "inf,0,1,1"] {
            assert!(bounds_of_text(text).is_err(), "{text}");
        }
    }

    #[test]
    fn partners_show_what_is_in_their_timeline() {
        let timeline = Wanted { visibility: Some(AssetVisibility::Timeline), ..Wanted::default() };
        assert!(timeline.suits_partners());
        assert!(!Wanted { visibility: None, ..timeline.clone() }.suits_partners());
        assert!(!Wanted { visibility: Some(AssetVisibility::Archive), ..timeline.clone() }.suits_partners());
        assert!(!Wanted { is_favorite: Some(false), ..timeline.clone() }.suits_partners());
        assert!(!Wanted { is_trashed: true, ..timeline }.suits_partners());
    }

    #[test]
    fn an_album_shows_what_others_put_in_and_not_what_they_like() {
        let me = Uuid::from_u128(1);
        let of_album = Wanted { album_id: Some(Uuid::from_u128(2)), ..Wanted::default() };
        assert!(of_album.owners(me).is_empty());
        assert_eq!(Wanted { is_favorite: Some(true), ..of_album.clone() }.owners(me), [me]);
        assert_eq!(Wanted { is_trashed: true, ..of_album.clone() }.owners(me), [me]);
        assert_eq!(Wanted { user_id: Some(me), ..of_album }.owners(me), [me]);
        assert_eq!(Wanted::default().owners(me), [me]);
    }

    #[test]
    fn a_person_is_asked_for() {
        let person = Uuid::from_u128(3);
        let asked = |wanted: Wanted| wanted.filter(Uuid::nil(), Vec::new()).ok().flatten();
        let of_person = asked(Wanted { person_id: Some(person), ..Wanted::default() });
        assert_eq!(of_person.and_then(|filter| filter.person), Some(person));
        assert_eq!(asked(Wanted::default()).and_then(|filter| filter.person), None);
    }

    #[test]
    fn a_partner_shows_neither_archive_nor_likes() {
        let (me, partner) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let theirs = Wanted { user_id: Some(partner), ..Wanted::default() };
        let asked = |wanted: &Wanted| wanted.filter(me, Vec::new()).ok().flatten();
        let filter = asked(&theirs).expect("something to ask");
        assert_eq!((filter.visibility.as_deref(), filter.favorite), (Some("timeline"), None));
        assert_eq!(asked(&Wanted { is_favorite: Some(false), ..theirs.clone() }), Some(filter));
        assert_eq!(asked(&Wanted { is_favorite: Some(true), ..theirs.clone() }), None);
        assert_eq!(theirs.other(me), Some((partner, "timeline.read")));
        let archive = Wanted { visibility: Some(AssetVisibility::Archive), ..theirs.clone() };
        assert_eq!(archive.other(me), Some((partner, "archive.read")));
        assert_eq!(theirs.other(partner), None);
    }

    #[test]
    fn partners_stand_among_ones_own_and_not_in_an_album() {
        let (me, partner) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let owners = |wanted: Wanted| wanted.filter(me, vec![partner]).ok().flatten().map(|filter| filter.owners);
        assert_eq!(owners(Wanted::default()), Some(vec![me, partner]));
        assert_eq!(owners(Wanted { album_id: Some(Uuid::nil()), ..Wanted::default() }), Some(Vec::new()));
    }
}
