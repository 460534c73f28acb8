//! The permissions that an API key can carry.

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an API key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub enum Permission {
    #[serde(rename = "all")]
    All,
    #[serde(rename = "activity.create")]
    ActivityCreate,
    #[serde(rename = "activity.read")]
    ActivityRead,
    #[serde(rename = "activity.update")]
    ActivityUpdate,
    #[serde(rename = "activity.delete")]
    ActivityDelete,
    #[serde(rename = "activity.statistics")]
    ActivityStatistics,
    #[serde(rename = "apiKey.create")]
    ApiKeyCreate,
    #[serde(rename = "apiKey.read")]
    ApiKeyRead,
    #[serde(rename = "apiKey.update")]
    ApiKeyUpdate,
    #[serde(rename = "apiKey.delete")]
    ApiKeyDelete,
    #[serde(rename = "asset.read")]
    AssetRead,
    #[serde(rename = "asset.update")]
    AssetUpdate,
    #[serde(rename = "asset.delete")]
    AssetDelete,
    #[serde(rename = "asset.statistics")]
    AssetStatistics,
    #[serde(rename = "asset.share")]
    AssetShare,
    #[serde(rename = "asset.view")]
    AssetView,
    #[serde(rename = "asset.download")]
    AssetDownload,
    #[serde(rename = "asset.upload")]
    AssetUpload,
    #[serde(rename = "asset.copy")]
    AssetCopy,
    #[serde(rename = "asset.derive")]
    AssetDerive,
    #[serde(rename = "asset.edit.get")]
    AssetEditGet,
    #[serde(rename = "asset.edit.create")]
    AssetEditCreate,
    #[serde(rename = "asset.edit.delete")]
    AssetEditDelete,
    #[serde(rename = "album.create")]
    AlbumCreate,
    #[serde(rename = "album.read")]
    AlbumRead,
    #[serde(rename = "album.update")]
    AlbumUpdate,
    #[serde(rename = "album.delete")]
    AlbumDelete,
    #[serde(rename = "album.statistics")]
    AlbumStatistics,
    #[serde(rename = "album.share")]
    AlbumShare,
    #[serde(rename = "album.download")]
    AlbumDownload,
    #[serde(rename = "albumAsset.create")]
    AlbumAssetCreate,
    #[serde(rename = "albumAsset.delete")]
    AlbumAssetDelete,
    #[serde(rename = "albumUser.create")]
    AlbumUserCreate,
    #[serde(rename = "albumUser.update")]
    AlbumUserUpdate,
    #[serde(rename = "albumUser.delete")]
    AlbumUserDelete,
    #[serde(rename = "auth.changePassword")]
    AuthChangePassword,
    #[serde(rename = "authDevice.delete")]
    AuthDeviceDelete,
    #[serde(rename = "archive.read")]
    ArchiveRead,
    #[serde(rename = "backup.list")]
    BackupList,
    #[serde(rename = "backup.download")]
    BackupDownload,
    #[serde(rename = "backup.upload")]
    BackupUpload,
    #[serde(rename = "backup.delete")]
    BackupDelete,
    #[serde(rename = "duplicate.read")]
    DuplicateRead,
    #[serde(rename = "duplicate.delete")]
    DuplicateDelete,
    #[serde(rename = "face.create")]
    FaceCreate,
    #[serde(rename = "face.read")]
    FaceRead,
    #[serde(rename = "face.update")]
    FaceUpdate,
    #[serde(rename = "face.delete")]
    FaceDelete,
    #[serde(rename = "folder.read")]
    FolderRead,
    #[serde(rename = "job.create")]
    JobCreate,
    #[serde(rename = "job.read")]
    JobRead,
    #[serde(rename = "library.create")]
    LibraryCreate,
    #[serde(rename = "library.read")]
    LibraryRead,
    #[serde(rename = "library.update")]
    LibraryUpdate,
    #[serde(rename = "library.delete")]
    LibraryDelete,
    #[serde(rename = "library.statistics")]
    LibraryStatistics,
    #[serde(rename = "timeline.read")]
    TimelineRead,
    #[serde(rename = "timeline.download")]
    TimelineDownload,
    #[serde(rename = "maintenance")]
    Maintenance,
    #[serde(rename = "map.read")]
    MapRead,
    #[serde(rename = "map.search")]
    MapSearch,
    #[serde(rename = "memory.create")]
    MemoryCreate,
    #[serde(rename = "memory.read")]
    MemoryRead,
    #[serde(rename = "memory.update")]
    MemoryUpdate,
    #[serde(rename = "memory.delete")]
    MemoryDelete,
    #[serde(rename = "memory.statistics")]
    MemoryStatistics,
    #[serde(rename = "memoryAsset.create")]
    MemoryAssetCreate,
    #[serde(rename = "memoryAsset.delete")]
    MemoryAssetDelete,
    #[serde(rename = "notification.create")]
    NotificationCreate,
    #[serde(rename = "notification.read")]
    NotificationRead,
    #[serde(rename = "notification.update")]
    NotificationUpdate,
    #[serde(rename = "notification.delete")]
    NotificationDelete,
    #[serde(rename = "partner.create")]
    PartnerCreate,
    #[serde(rename = "partner.read")]
    PartnerRead,
    #[serde(rename = "partner.update")]
    PartnerUpdate,
    #[serde(rename = "partner.delete")]
    PartnerDelete,
    #[serde(rename = "person.create")]
    PersonCreate,
    #[serde(rename = "person.read")]
    PersonRead,
    #[serde(rename = "person.update")]
    PersonUpdate,
    #[serde(rename = "person.delete")]
    PersonDelete,
    #[serde(rename = "person.statistics")]
    PersonStatistics,
    #[serde(rename = "person.merge")]
    PersonMerge,
    #[serde(rename = "person.reassign")]
    PersonReassign,
    #[serde(rename = "pinCode.create")]
    PinCodeCreate,
    #[serde(rename = "pinCode.update")]
    PinCodeUpdate,
    #[serde(rename = "pinCode.delete")]
    PinCodeDelete,
    #[serde(rename = "plugin.create")]
    PluginCreate,
    #[serde(rename = "plugin.read")]
    PluginRead,
    #[serde(rename = "plugin.update")]
    PluginUpdate,
    #[serde(rename = "plugin.delete")]
    PluginDelete,
    #[serde(rename = "server.about")]
    ServerAbout,
    #[serde(rename = "server.apkLinks")]
    ServerApkLinks,
    #[serde(rename = "server.storage")]
    ServerStorage,
    #[serde(rename = "server.statistics")]
    ServerStatistics,
    #[serde(rename = "server.versionCheck")]
    ServerVersionCheck,
    #[serde(rename = "serverLicense.read")]
    ServerLicenseRead,
    #[serde(rename = "serverLicense.update")]
    ServerLicenseUpdate,
    #[serde(rename = "serverLicense.delete")]
    ServerLicenseDelete,
    #[serde(rename = "session.create")]
    SessionCreate,
    #[serde(rename = "session.read")]
    SessionRead,
    #[serde(rename = "session.update")]
    SessionUpdate,
    #[serde(rename = "session.delete")]
    SessionDelete,
    #[serde(rename = "session.lock")]
    SessionLock,
    #[serde(rename = "sharedLink.create")]
    SharedLinkCreate,
    #[serde(rename = "sharedLink.read")]
    SharedLinkRead,
    #[serde(rename = "sharedLink.update")]
    SharedLinkUpdate,
    #[serde(rename = "sharedLink.delete")]
    SharedLinkDelete,
    #[serde(rename = "stack.create")]
    StackCreate,
    #[serde(rename = "stack.read")]
    StackRead,
    #[serde(rename = "stack.update")]
    StackUpdate,
    #[serde(rename = "stack.delete")]
    StackDelete,
    #[serde(rename = "sync.stream")]
    SyncStream,
    #[serde(rename = "syncCheckpoint.read")]
    SyncCheckpointRead,
    #[serde(rename = "syncCheckpoint.update")]
    SyncCheckpointUpdate,
    #[serde(rename = "syncCheckpoint.delete")]
    SyncCheckpointDelete,
    #[serde(rename = "systemConfig.read")]
    SystemConfigRead,
    #[serde(rename = "systemConfig.update")]
    SystemConfigUpdate,
    #[serde(rename = "systemMetadata.read")]
    SystemMetadataRead,
    #[serde(rename = "systemMetadata.update")]
    SystemMetadataUpdate,
    #[serde(rename = "tag.create")]
    TagCreate,
    #[serde(rename = "tag.read")]
    TagRead,
    #[serde(rename = "tag.update")]
    TagUpdate,
    #[serde(rename = "tag.delete")]
    TagDelete,
    #[serde(rename = "tag.asset")]
    TagAsset,
    #[serde(rename = "user.read")]
    UserRead,
    #[serde(rename = "user.update")]
    UserUpdate,
    #[serde(rename = "userLicense.create")]
    UserLicenseCreate,
    #[serde(rename = "userLicense.read")]
    UserLicenseRead,
    #[serde(rename = "userLicense.update")]
    UserLicenseUpdate,
    #[serde(rename = "userLicense.delete")]
    UserLicenseDelete,
    #[serde(rename = "userOnboarding.read")]
    UserOnboardingRead,
    #[serde(rename = "userOnboarding.update")]
    UserOnboardingUpdate,
    #[serde(rename = "userOnboarding.delete")]
    UserOnboardingDelete,
    #[serde(rename = "userPreference.read")]
    UserPreferenceRead,
    #[serde(rename = "userPreference.update")]
    UserPreferenceUpdate,
    #[serde(rename = "userProfileImage.create")]
    UserProfileImageCreate,
    #[serde(rename = "userProfileImage.read")]
    UserProfileImageRead,
    #[serde(rename = "userProfileImage.update")]
    UserProfileImageUpdate,
    #[serde(rename = "userProfileImage.delete")]
    UserProfileImageDelete,
    #[serde(rename = "queue.read")]
    QueueRead,
    #[serde(rename = "queue.update")]
    QueueUpdate,
    #[serde(rename = "queueJob.create")]
    QueueJobCreate,
    #[serde(rename = "queueJob.read")]
    QueueJobRead,
    #[serde(rename = "queueJob.update")]
    QueueJobUpdate,
    #[serde(rename = "queueJob.delete")]
    QueueJobDelete,
    #[serde(rename = "workflow.create")]
    WorkflowCreate,
    #[serde(rename = "workflow.read")]
    WorkflowRead,
    #[serde(rename = "workflow.update")]
    WorkflowUpdate,
    #[serde(rename = "workflow.delete")]
    WorkflowDelete,
    #[serde(rename = "adminUser.create")]
    AdminUserCreate,
    #[serde(rename = "adminUser.read")]
    AdminUserRead,
    #[serde(rename = "adminUser.update")]
    AdminUserUpdate,
    #[serde(rename = "adminUser.delete")]
    AdminUserDelete,
    #[serde(rename = "adminSession.read")]
    AdminSessionRead,
    #[serde(rename = "adminAuth.unlinkAll")]
    AdminAuthUnlinkAll,
    #[serde(rename = "adminConfig.read")]
    AdminConfigRead,
    #[serde(rename = "adminConfig.update")]
    AdminConfigUpdate,
    #[serde(rename = "apiKey.rotate")]
    ApiKeyRotate,
    #[serde(rename = "assetFile.read")]
    AssetFileRead,
    #[serde(rename = "assetFile.download")]
    AssetFileDownload,
    #[serde(rename = "assetFile.delete")]
    AssetFileDelete,
    #[serde(rename = "clusterGroup.read")]
    ClusterGroupRead,
    #[serde(rename = "clusterGroup.leave")]
    ClusterGroupLeave,
    #[serde(rename = "clusterGroupRequest.create")]
    ClusterGroupRequestCreate,
    #[serde(rename = "clusterGroupRequest.read")]
    ClusterGroupRequestRead,
    #[serde(rename = "clusterGroupRequest.delete")]
    ClusterGroupRequestDelete,
    #[serde(rename = "userConfig.read")]
    UserConfigRead,
    #[serde(rename = "workflow.logs")]
    WorkflowLogs,
}
