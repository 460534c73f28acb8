//! Parameters of queries and paths are described by the schema of a struct, one property per
//! parameter, so that the document and the validator have one source.

use utoipa::ToSchema;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{RefOr, Required, Schema};

/// The properties of `T` as parameters.
pub fn parameters_of<T: ToSchema>(location: ParameterIn) -> Vec<Parameter> {
    let RefOr::T(Schema::Object(object)) = T::schema() else {
        return Vec::new();
    };
    let parameter = |(name, schema): (String, RefOr<Schema>)| {
        let required = if object.required.contains(&name) { Required::True } else { Required::False };
        ParameterBuilder::new()
            .name(name)
            .parameter_in(location.clone())
            .required(required)
            .schema(Some(schema))
            .build()
    };
    object.properties.clone().into_iter().map(parameter).collect()
}

/// Makes a struct usable in `params(...)` of an operation, as its query string.
macro_rules! query_parameters {
    ($name:ident) => {
        impl utoipa::IntoParams for $name {
            fn into_params(
                _: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>,
            ) -> Vec<utoipa::openapi::path::Parameter> {
                super::parameters::parameters_of::<$name>(utoipa::openapi::path::ParameterIn::Query)
            }
        }
    };
}

/// Makes a struct usable in `params(...)` of an operation, as the parameters of its path.
macro_rules! path_parameters {
    ($name:ident) => {
        impl utoipa::IntoParams for $name {
            fn into_params(
                _: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>,
            ) -> Vec<utoipa::openapi::path::Parameter> {
                super::parameters::parameters_of::<$name>(utoipa::openapi::path::ParameterIn::Path)
            }
        }
    };
}

pub(crate) use {path_parameters, query_parameters};
