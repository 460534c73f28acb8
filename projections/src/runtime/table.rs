//! Rows of read models, written in columns so that a batch costs one statement.

use bytes::{BufMut, BytesMut};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use pgvector::HalfVector;
use serde_json::Value;
use tokio_postgres::{
    Row,
    types::{IsNull, ToSql, Type},
};
use uuid::Uuid;

/// A parameter that holds one column of many rows.
pub type Column = Box<dyn ToSql + Send + Sync>;

/// A row of a table of a read model.
pub trait TableRow: Clone + PartialEq + Send + Sync + Sized {
    /// The table, without its schema.
    const TABLE: &'static str;
    /// All columns, in the order of the fields.
    const COLUMNS: &'static [&'static str];
    /// Their types in PostgreSQL.
    const TYPES: &'static [&'static str];
    /// The columns of the primary key. The first is an id by which rows are loaded.
    const KEY: &'static [&'static str];

    /// Reads a row whose columns are [`Self::COLUMNS`].
    fn from_row(row: &Row) -> Self;

    /// The columns of `rows`, one array each.
    fn columns(rows: &[&Self]) -> Vec<Column>;

    /// Appends the row in PostgreSQL's binary form of COPY.
    ///
    /// # Errors
    /// A value is beyond what its type holds.
    fn copy(&self, types: &[Type], target: &mut BytesMut) -> Result<(), CopyError>;

    /// The columns of the key of `rows`, one array each.
    fn keys(rows: &[&Self]) -> Vec<Column>;

    /// All columns with commas between them, each after `prefix`.
    #[must_use]
    fn column_list(prefix: &str) -> String {
        Self::COLUMNS.iter().map(|column| format!("{prefix}{column}")).collect::<Vec<_>>().join(", ")
    }
}

/// A value cannot be sent.
pub type CopyError = Box<dyn std::error::Error + Sync + Send>;

/// The types by the names that tables use; none where one is not among those that can be copied.
pub(super) fn copied_types(names: &[&str]) -> Option<Vec<Type>> {
    let by_name = |name: &&str| {
        Some(match *name {
            "uuid" => Type::UUID,
            "text" => Type::TEXT,
            "boolean" => Type::BOOL,
            "smallint" => Type::INT2,
            "integer" => Type::INT4,
            "bigint" => Type::INT8,
            "double precision" => Type::FLOAT8,
            "bytea" => Type::BYTEA,
            "jsonb" => Type::JSONB,
            "date" => Type::DATE,
            "timestamp" => Type::TIMESTAMP,
            "timestamptz" => Type::TIMESTAMPTZ,
            _ => return None,
        })
    };
    names.iter().map(by_name).collect()
}

/// Appends a value with its length.
pub(crate) fn copy_value<T: ToSql + Storable>(value: T, kind: &Type, target: &mut BytesMut) -> Result<(), CopyError> {
    const LENGTH_BYTES: usize = size_of::<i32>();
    const NULL: i32 = -1;
    let begin = target.len();
    target.put_i32(NULL);
    if let IsNull::No = value.storable().to_sql(kind, target)? {
        let length = i32::try_from(target.len() - begin - LENGTH_BYTES)?;
        target[begin..begin + LENGTH_BYTES].copy_from_slice(&length.to_be_bytes());
    }
    Ok(())
}

/// A value that PostgreSQL can hold. Its texts know no NUL, but files and clients do: one of them
/// must not bring a read model to a halt.
pub trait Storable: Sized {
    /// The value, without what cannot be held.
    #[must_use]
    fn storable(self) -> Self;
}

impl Storable for String {
    fn storable(self) -> Self {
        if self.contains('\0') { self.replace('\0', "") } else { self }
    }
}

impl<T: Storable> Storable for Option<T> {
    fn storable(self) -> Self {
        self.map(T::storable)
    }
}

impl Storable for Value {
    fn storable(self) -> Self {
        match self {
            Self::String(text) => Self::String(text.storable()),
            Self::Array(items) => items.into_iter().map(Self::storable).collect(),
            Self::Object(map) => map.into_iter().map(|(key, value)| (key.storable(), value.storable())).collect(),
            other => other,
        }
    }
}

macro_rules! storable_as_it_is {
    ($($type:ty),+ $(,)?) => {
        $(impl Storable for $type {
            fn storable(self) -> Self {
                self
            }
        })+
    };
}
storable_as_it_is!(bool, i16, i32, i64, f64, Uuid, Vec<u8>, NaiveDate, NaiveDateTime, DateTime<Utc>, HalfVector);

/// Declares a row: `table! { /// doc struct Name = "table" [key, …] { field: Type = "pg type", … } }`.
macro_rules! table {
    (
        $(#[$meta:meta])*
        pub struct $name:ident = $table:literal [$($key:ident),+] {
            $( $(#[$fmeta:meta])* $field:ident : $type:ty = $sql:literal ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $( $(#[$fmeta])* pub $field: $type, )+
        }

        impl $crate::runtime::TableRow for $name {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),+];
            const TYPES: &'static [&'static str] = &[$($sql),+];
            const KEY: &'static [&'static str] = &[$(stringify!($key)),+];

            fn from_row(row: &tokio_postgres::Row) -> Self {
                let mut columns = 0..;
                $( let $field = row.get(columns.next().unwrap_or_default()); )+
                Self { $($field),+ }
            }

            fn columns(rows: &[&Self]) -> Vec<Box<dyn tokio_postgres::types::ToSql + Send + Sync>> {
                vec![$(
                    Box::new(
                        rows.iter()
                            .map(|row| $crate::runtime::Storable::storable(row.$field.clone()))
                            .collect::<Vec<$type>>(),
                    ),
                )+]
            }

            fn copy(
                &self,
                types: &[tokio_postgres::types::Type],
                target: &mut bytes::BytesMut,
            ) -> Result<(), $crate::runtime::CopyError> {
                let mut types = types.iter();
                $(
                    let kind = types.next().ok_or("a column without a type")?;
                    $crate::runtime::copy_value(self.$field.clone(), kind, target)?;
                )+
                Ok(())
            }

            fn keys(rows: &[&Self]) -> Vec<Box<dyn tokio_postgres::types::ToSql + Send + Sync>> {
                vec![$(
                    Box::new(rows.iter().map(|row| row.$key.clone()).collect::<Vec<_>>()),
                )+]
            }
        }
    };
}
pub(crate) use table;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_text_keeps_a_nul() {
        assert_eq!("a\0b".to_owned().storable(), "ab");
        assert_eq!(Some("\0".to_owned()).storable(), Some(String::new()));
        assert_eq!(json!({"k\0": ["\0v", {"n": "\0"}, 1]}).storable(), json!({"k": ["v", {"n": ""}, 1]}));
    }
}
