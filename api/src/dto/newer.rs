//! What only clients of a newer version than the published document's know, and what nobody but we tell: it is offered
//! beside the rest, and the document says of it that it is newer, so that it can be compared with the reference.

/// The mark: on an object the names of its newer fields, on a list of words its newer words, on an operation its
/// newer parameters, on one of several forms that it is newer.
pub const NEWER: &str = "x-albumen-newer";

/// Newer fields of objects, and newer words of lists.
pub const NEWER_PARTS: &[(&str, &[&str])] = &[
    ("ApiKeyCreateResponseDto", &["createdAt", "id", "name", "permissions", "updatedAt"]),
    ("CLIPConfig", &["servingModel"]),
    ("DownloadArchiveDto", &["archiveName"]),
    ("FacialRecognitionConfig", &["servingModel"]),
    ("MemoriesResponse", &["sidebarWeb"]),
    ("MemoriesUpdate", &["sidebarWeb"]),
    ("MetadataSearchDto", &["cursor", "filter", "sort"]),
    ("OcrConfig", &["servingModel"]),
    (
        "Permission",
        &[
            "adminConfig.read",
            "adminConfig.update",
            "apiKey.rotate",
            "assetFile.delete",
            "assetFile.download",
            "assetFile.read",
            "clusterGroup.leave",
            "clusterGroup.read",
            "clusterGroupRequest.create",
            "clusterGroupRequest.delete",
            "clusterGroupRequest.read",
            "userConfig.read",
            "workflow.logs",
        ],
    ),
    ("QueueResponseDto", &["progress"]),
    ("RandomSearchDto", &["filter"]),
    ("SearchAssetResponseDto", &["nextCursor"]),
    ("ServerConfigDto", &["oauthAccountManagementUrl"]),
    ("SmartSearchDto", &["filter"]),
    ("StatisticsSearchDto", &["filter"]),
    ("SystemConfigOAuthDto", &["accountManagementUrl"]),
];

/// Newer parameters of operations.
pub const NEWER_PARAMETERS: &[(&str, &str, &[&str])] = &[
    ("get", "/memories", &["id", "isUpcoming", "page"]),
    ("get", "/memories/statistics", &["id", "isUpcoming", "page"]),
];
