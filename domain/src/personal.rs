//! Values about a person: shown plainly inside, sealed in the log, erasable.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap};

/// A value that the log stores sealed under its subject's key.
///
/// Rules and read models see it plain. Once the subject's key is gone it reads as
/// [`Personal::Erased`], which is an answer and not an error. On its way to the log's edge it is
/// written as `{"$personal": value}`, so that sealing follows from the type and no list of
/// fields has to be kept.
#[derive(Clone, PartialEq)]
pub enum Personal<T> {
    /// The value.
    Known(T),
    /// The subject's key was deleted: nobody can read this any more.
    Erased,
}

/// The key of the object that stands for a plain personal value at the log's edge.
pub const PERSONAL_MARK: &str = "$personal";
/// The key of the object that stands for an erased value at the log's edge.
pub const ERASED_MARK: &str = "$erased";

impl<T> Personal<T> {
    /// The value, unless it was erased.
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Erased => None,
        }
    }

    /// The value itself, unless it was erased.
    pub fn into_known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Erased => None,
        }
    }
}

impl<T> From<T> for Personal<T> {
    fn from(value: T) -> Self {
        Self::Known(value)
    }
}

/// Never prints the value, so that it cannot reach a log line by accident.
impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Known(_) => "Personal(…)",
            Self::Erased => "Personal(erased)",
        })
    }
}

impl<T: Serialize> Serialize for Personal<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self {
            Self::Known(value) => map.serialize_entry(PERSONAL_MARK, value)?,
            Self::Erased => map.serialize_entry(ERASED_MARK, &true)?,
        }
        map.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Personal<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Visitor<T> {
            type Value = Personal<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a personal value, opened or erased")
            }

            fn visit_map<M: de::MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let Some(mark) = map.next_key::<String>()? else {
                    return Err(de::Error::custom("a personal value without its mark"));
                };
                match mark.as_str() {
                    PERSONAL_MARK => map.next_value().map(Personal::Known),
                    ERASED_MARK => map.next_value::<bool>().map(|_| Personal::Erased),
                    other => Err(de::Error::custom(format!("unknown mark {other} of a personal value"))),
                }
            }
        }

        deserializer.deserialize_map(Visitor(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_value_travels_with_its_mark() {
        let json = serde_json::to_string(&Personal::Known("Ada")).expect("serialises");
        assert_eq!(json, r#"{"$personal":"Ada"}"#);
        let back: Personal<String> = serde_json::from_str(&json).expect("parses");
        assert_eq!(back, Personal::Known("Ada".to_owned()));
    }

    #[test]
    fn an_erased_value_is_an_answer() {
        let back: Personal<String> = serde_json::from_str(r#"{"$erased":true}"#).expect("parses");
        assert_eq!(back, Personal::Erased);
    }

    #[test]
    fn debug_does_not_show_it() {
        assert!(!format!("{:?}", Personal::Known("secret")).contains("secret"));
    }
}
