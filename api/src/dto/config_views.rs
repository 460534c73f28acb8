//! What of the configuration concerns whom, as clients of version 3.2 ask for it.
//!
//! Each is read from the whole configuration, of which it takes what it has a field for and nothing else: whoever
//! may see a view sees what stands here.

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::Schema;

use super::forms;
use super::system_config::{VideoCodec, hls_resolutions};

/// Types of the two views.
macro_rules! views {
    ($($(#[$doc:meta])* pub struct $name:ident { $($fields:tt)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
            #[serde(rename_all = "camelCase")]
            pub struct $name { $($fields)* }
        )*
    };
}

views! {
    /// What everybody may know who can reach the server.
    pub struct PublicConfigDto {
        pub oauth: PublicConfigOAuthDto,
        pub password_login: PublicConfigPasswordLoginDto,
        pub server: PublicConfigServerDto,
        pub theme: PublicConfigThemeDto,
    }

    /// Log-in by others' accounts.
    pub struct PublicConfigOAuthDto {
        pub auto_launch: bool,
        pub button_text: String,
        pub enabled: bool,
    }

    /// Log-in by password.
    pub struct PublicConfigPasswordLoginDto {
        pub enabled: bool,
    }

    /// What the server says before anybody is logged in.
    pub struct PublicConfigServerDto {
        pub login_page_message: String,
    }

    /// How the web app looks.
    pub struct PublicConfigThemeDto {
        pub custom_css: String,
    }

    /// What users may know.
    pub struct UserConfigDto {
        pub ffmpeg: UserConfigFFmpegDto,
        pub image: UserConfigImageDto,
        pub machine_learning: UserConfigMachineLearningDto,
        pub map: UserConfigMapDto,
        pub oauth: UserConfigOAuthDto,
        pub password_login: UserConfigPasswordLoginDto,
        pub reverse_geocoding: UserConfigReverseGeocodingDto,
        pub server: UserConfigServerDto,
        pub theme: UserConfigThemeDto,
        pub trash: UserConfigTrashDto,
        pub user: UserConfigUserDto,
    }

    /// Transcoding films.
    pub struct UserConfigFFmpegDto {
        pub realtime: UserConfigFFmpegRealtimeDto,
    }

    /// Transcoding films while they are watched.
    pub struct UserConfigFFmpegRealtimeDto {
        pub enabled: bool,
        #[schema(schema_with = resolutions)]
        pub resolutions: Vec<i64>,
        pub video_codecs: Vec<VideoCodec>,
    }

    /// How small pictures are made.
    pub struct UserConfigImageDto {
        pub fullsize: UserConfigGeneratedFullsizeImageDto,
        pub preview: UserConfigGeneratedImageDto,
        pub thumbnail: UserConfigGeneratedImageDto,
    }

    /// The full-size picture.
    pub struct UserConfigGeneratedFullsizeImageDto {
        pub enabled: bool,
    }

    /// A small picture.
    pub struct UserConfigGeneratedImageDto {
        #[schema(schema_with = forms::integer)]
        pub size: i64,
    }

    /// Models.
    pub struct UserConfigMachineLearningDto {
        pub clip: UserConfigClipDto,
        pub duplicate_detection: UserConfigDuplicateDetectionDto,
        pub enabled: bool,
        pub facial_recognition: UserConfigFacialRecognitionDto,
        pub ocr: UserConfigOcrDto,
    }

    /// Searching by words and likeness.
    pub struct UserConfigClipDto {
        pub enabled: bool,
    }

    /// Finding the same picture twice.
    pub struct UserConfigDuplicateDetectionDto {
        pub enabled: bool,
    }

    /// Recognising people.
    pub struct UserConfigFacialRecognitionDto {
        pub enabled: bool,
        #[schema(schema_with = forms::integer)]
        pub min_faces: i64,
    }

    /// Reading text in pictures.
    pub struct UserConfigOcrDto {
        pub enabled: bool,
    }

    /// The map.
    pub struct UserConfigMapDto {
        pub dark_style: String,
        pub enabled: bool,
        pub light_style: String,
    }

    /// Log-in by others' accounts.
    pub struct UserConfigOAuthDto {
        pub auto_launch: bool,
        pub button_text: String,
        pub enabled: bool,
    }

    /// Log-in by password.
    pub struct UserConfigPasswordLoginDto {
        pub enabled: bool,
    }

    /// Names of places.
    pub struct UserConfigReverseGeocodingDto {
        pub enabled: bool,
    }

    /// What the server says of itself.
    pub struct UserConfigServerDto {
        pub external_domain: String,
        pub login_page_message: String,
        pub public_users: bool,
    }

    /// How the web app looks.
    pub struct UserConfigThemeDto {
        pub custom_css: String,
    }

    /// What is deleted.
    pub struct UserConfigTrashDto {
        #[schema(schema_with = forms::integer)]
        pub days: i64,
        pub enabled: bool,
    }

    /// Who is deleted.
    pub struct UserConfigUserDto {
        #[schema(schema_with = forms::integer)]
        pub delete_delay: i64,
    }
}

fn resolutions() -> Schema {
    hls_resolutions()
}
