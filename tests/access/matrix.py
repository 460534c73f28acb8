"""Who may do what: one row for every operation of the API, drawn from what is laid down about access.

A row says who may call the operation at all, which permission an API key needs, and, where the operation names an
object, whose callers beside its owner it is open to and in which words everybody else is refused. Whoever is refused
gets the same answer for an object that does not exist."""

import dataclasses

# Callers that are more than anybody else to the owner of the objects.
PARTNER, VIEWER, EDITOR = "partner", "viewer", "editor"
# Visitors by a link to the album, one of which asks for a password (which guards the page of the link alone).
LINKS = ("link", "link with a password")
MEMBERS = (VIEWER, EDITOR)


@dataclasses.dataclass(frozen=True)
class Row:
    """What is declared of one operation."""
    who: str                                # anyone, user, admin
    permission: str | None                  # of an API key; "all" where none is named, None where none is needed
    path: dict | None = None                # parameter of the path -> object of the owner
    query: dict | None = None               # `$name` stands for an object of the owner
    body: object = None                     # the same
    open_to: tuple = ()                     # besides the owner
    refusal: tuple = (400, None)            # of everybody else
    refusals: tuple = ()                    # (caller, refusal) of those who know that it is there, where it is another one
    link_refusal: tuple | None = None       # of visitors who may call it, but are not let do it
    denied: str | None = None               # "results": the answer is 200, and nothing in it succeeded
    fresh: str | None = None                # kind of object that is made anew for whoever may: it does not survive the call
    takes_links: bool = False               # open to visitors at all
    sensitive: bool = False                 # calls by whoever may are left out: other tests make them
    unknown: bool = True                    # whether there is a form of it with an id that does not exist

    @property
    def names_object(self):
        return bool(self.path or self.denied or self.refusal[1])


def anyone():
    return Row("anyone", None)


def own(permission="all", **more):
    """About what is the caller's own: it names no object of anybody."""
    return Row("user", permission, **more)


def admin(permission="all", **more):
    return Row("admin", permission, **more)


def no(permission):
    return 400, f"Not found or no {permission} access"


def on(kind, permission, access=None, **more):
    """About the object whose id is in the path."""
    more.setdefault("refusal", no(access or permission))
    more.setdefault("path", {"id": kind})
    return Row("user", permission, **more)


def naming(permission, refusal, **more):
    """About objects that are named in the query or the body."""
    return Row("user", permission, refusal=refusal, **more)


FILE = (404, "Not Found")
LOOK = {"open_to": (PARTNER, *MEMBERS, *LINKS), "takes_links": True}

ROWS = {
    # Activities
    "GET /activities": naming("activity.read", no("album.read"), query={"albumId": "$album"}, open_to=MEMBERS),
    "GET /activities/statistics": naming("activity.statistics", no("album.read"), query={"albumId": "$album"}, open_to=MEMBERS),
    "POST /activities": naming("activity.create", no("activity.create"), body={"albumId": "$album", "type": "comment", "comment": "x"}, open_to=MEMBERS),
    "DELETE /activities/{id}": on("activity", "activity.delete", fresh="activity"),

    # Administration
    "GET /admin/config": admin("adminConfig.read"),
    "PUT /admin/config": admin("adminConfig.update"),
    "GET /admin/config/defaults": admin("adminConfig.read"),
    "POST /admin/maintenance/login": anyone(),
    "GET /admin/maintenance/status": anyone(),
    "POST /admin/notifications": admin(),
    # Our own operations: their permissions are no names that a key can be given, and `all` opens them.
    "GET /admin/read-models": admin("readModel.read", sensitive=True),
    "POST /admin/read-models/{name}/rebuild": admin("readModel.update", sensitive=True),
    "POST /admin/read-models/{name}/cancel": admin("readModel.update", sensitive=True),
    "POST /admin/read-models/{name}/resume": admin("readModel.update", sensitive=True),
    "POST /admin/read-models/{name}/swap-back": admin("readModel.update", sensitive=True),
    "DELETE /admin/read-models/{name}/kept": admin("readModel.delete", sensitive=True),
    "GET /admin/status": admin("all", sensitive=True),
    "GET /history": naming("history.read", no("history.read"), query={"id": "$asset"}, open_to=(PARTNER, *MEMBERS), sensitive=True),
    "POST /history/{position}/undo": own("history.undo", sensitive=True),
    "POST /admin/notifications/templates/{name}": admin(),
    "POST /admin/notifications/test-email": admin(),
    "GET /admin/users": admin("adminUser.read"),
    "POST /admin/users": admin("adminUser.create"),
    "DELETE /admin/users/{id}": admin("adminUser.delete"),
    "GET /admin/users/{id}": admin("adminUser.read"),
    "PUT /admin/users/{id}": admin("adminUser.update"),
    "GET /admin/users/{id}/calendar-heatmap": admin("adminUser.read"),
    "GET /admin/users/{id}/preferences": admin("adminUser.read"),
    "PUT /admin/users/{id}/preferences": admin("adminUser.update"),
    "POST /admin/users/{id}/restore": admin("adminUser.delete"),
    "GET /admin/users/{id}/sessions": admin("adminSession.read"),
    "GET /admin/users/{id}/statistics": admin("adminUser.read"),
    "GET /jobs": admin("job.read"),
    "POST /jobs": admin("job.create"),
    "PUT /jobs/{name}": admin("job.create"),
    "GET /libraries": admin("library.read"),
    "POST /libraries": admin("library.create"),
    "DELETE /libraries/{id}": admin("library.delete"),
    "GET /libraries/{id}": admin("library.read"),
    "PUT /libraries/{id}": admin("library.update"),
    "POST /libraries/{id}/scan": admin("library.update"),
    "GET /libraries/{id}/statistics": admin("library.statistics"),
    "POST /libraries/{id}/validate": admin(),
    "GET /queues": admin("queue.read"),
    "GET /queues/{name}": admin("queue.read"),
    "PUT /queues/{name}": admin("queue.update"),
    "DELETE /queues/{name}/jobs": admin("queueJob.delete"),
    "GET /queues/{name}/jobs": admin("queueJob.read"),
    "DELETE /server/license": admin("serverLicense.delete"),
    "GET /server/license": admin("serverLicense.read"),
    "PUT /server/license": admin("serverLicense.update"),
    "GET /server/statistics": admin("server.statistics"),
    "GET /system-config": admin("systemConfig.read"),
    "PUT /system-config": admin("systemConfig.update"),
    "GET /system-config/defaults": admin("systemConfig.read"),
    "GET /system-config/storage-template-options": admin("systemConfig.read"),
    "GET /system-metadata/admin-onboarding": admin("systemMetadata.read"),
    "POST /system-metadata/admin-onboarding": admin("systemMetadata.update"),
    "GET /system-metadata/reverse-geocoding-state": admin("systemMetadata.read"),
    "GET /system-metadata/version-check-state": admin("systemMetadata.read"),

    # Albums
    "GET /albums": own("album.read"),
    "POST /albums": own("album.create"),
    "GET /albums/statistics": own("album.statistics"),
    "PUT /albums/assets": naming("albumAsset.create", (200, None), body={"albumIds": ["$album"], "assetIds": ["$solo"]}, denied="results", open_to=(EDITOR,), sensitive=True),
    "GET /albums/{id}": on("album", "album.read", open_to=(*MEMBERS, *LINKS), takes_links=True),
    "PATCH /albums/{id}": on("album", "album.update", body={"description": "x"}, open_to=(EDITOR,)),
    "DELETE /albums/{id}": on("album", "album.delete", fresh="album"),
    "GET /albums/{id}/map-markers": on("album", "album.read", open_to=(*MEMBERS, *LINKS), takes_links=True),
    "PUT /albums/{id}/assets": on("album", "albumAsset.create", body={"ids": ["$asset"]}, open_to=(EDITOR,), refusal=(400, "Album not found"), refusals=((VIEWER, no("albumAsset.create")),)),
    "DELETE /albums/{id}/assets": on("album", "albumAsset.delete", body={"ids": ["$solo"]}, open_to=(EDITOR,)),
    "PUT /albums/{id}/users": on("album", "albumUser.create", "album.share", body={"albumUsers": [{"userId": "$spare"}]}, open_to=(EDITOR,), fresh="album"),
    "PUT /albums/{id}/user/{userId}": on("album", "albumUser.update", "album.share", path={"id": "album", "userId": "viewer"}, body={"role": "viewer"}, open_to=(EDITOR,)),
    "DELETE /albums/{id}/user/{userId}": on("album", "albumUser.delete", path={"id": "album", "userId": "viewer"}, open_to=MEMBERS, refusal=(400, "Album not found"), fresh="album"),

    # API keys
    "GET /api-keys": own("apiKey.read"),
    "POST /api-keys": own("apiKey.create"),
    "GET /api-keys/me": own(None),
    "DELETE /api-keys/{id}": on("api_key", "apiKey.delete", refusal=(400, "API Key not found"), fresh="api_key"),
    "GET /api-keys/{id}": on("api_key", "apiKey.read", refusal=(400, "API Key not found")),
    "POST /api-keys/{id}/rotate": on("api_key", "apiKey.rotate", refusal=(400, "API Key not found"), fresh="api_key"),
    "PUT /api-keys/{id}": on("api_key", "apiKey.update", body={"name": "x"}, refusal=(400, "API Key not found")),

    # Files beside originals
    "GET /asset-files": naming("assetFile.read", no("assetFile.read"), query={"assetId": "$asset"}),
    "GET /asset-files/{id}": on("asset_file", "assetFile.read"),
    "GET /asset-files/{id}/download": on("asset_file", "assetFile.download", refusal=FILE),

    # Assets
    "POST /assets": own("asset.upload", takes_links=True, link_refusal=(401, "Unauthorized")),
    "POST /assets/bulk-upload-check": own("asset.upload"),
    "GET /assets/statistics": own("asset.statistics"),
    "GET /assets/{id}": on("asset", "asset.read", **LOOK),
    "GET /assets/{id}/thumbnail": on("asset", "asset.view", **LOOK),
    "GET /assets/{id}/original": on("asset", "asset.download", refusal=FILE, **LOOK),
    "GET /assets/{id}/video/playback": on("film", "asset.view", refusal=FILE, **LOOK),
    "GET /assets/{id}/video/stream/main.m3u8": on("film", "asset.view", refusal=FILE, **LOOK),
    "DELETE /assets/{id}/video/stream/{sessionId}": on("film", "asset.view", refusal=FILE, **LOOK),
    "GET /assets/{id}/video/stream/{sessionId}/{variantIndex}/playlist.m3u8": on("film", "asset.view", refusal=FILE, **LOOK),
    "GET /assets/{id}/video/stream/{sessionId}/{variantIndex}/{filename}": on("film", "asset.view", refusal=FILE, **LOOK),
    "PUT /assets/{id}": on("asset", "asset.update", body={"description": "x"}),
    "PUT /assets": naming("asset.update", no("asset.update"), body={"ids": ["$asset"], "description": "x"}),
    "DELETE /assets": naming("asset.delete", no("asset.delete"), body={"ids": ["$solo"]}, fresh="solo"),
    "PUT /assets/copy": naming("asset.copy", no("asset.copy"), body={"sourceId": "$asset", "targetId": "$solo", "albums": False, "sharedLinks": False}),
    "POST /assets/jobs": naming("job.create", no("asset.update"), body={"assetIds": ["$solo"], "name": "refresh-metadata"}),
    "GET /assets/{id}/metadata": on("asset", "asset.read", open_to=(PARTNER, *MEMBERS)),
    "PUT /assets/{id}/metadata": on("asset", "asset.update", body={"items": [{"key": "mobile-app", "value": {}}]}),
    "GET /assets/{id}/metadata/{key}": on("asset", "asset.read", path={"id": "asset", "key": "metadata_key"}, open_to=(PARTNER, *MEMBERS)),
    "DELETE /assets/{id}/metadata/{key}": on("asset", "asset.update", path={"id": "asset", "key": "metadata_key"}, sensitive=True),
    "PUT /assets/metadata": naming("asset.update", no("asset.update"), body={"items": [{"assetId": "$asset", "key": "mobile-app", "value": {}}]}),
    "DELETE /assets/metadata": naming("asset.update", no("asset.update"), body={"items": [{"assetId": "$solo", "key": "other"}]}),
    "GET /assets/{id}/ocr": on("asset", "asset.read", open_to=(PARTNER, *MEMBERS)),
    "GET /assets/{id}/edits": on("asset", "asset.edit.get"),
    "PUT /assets/{id}/edits": on("asset", "asset.edit.create", body={"edits": [{"action": "mirror", "parameters": {"axis": "vertical"}}]}, sensitive=True),
    "DELETE /assets/{id}/edits": on("asset", "asset.edit.delete", sensitive=True),

    # Authentication
    "POST /auth/admin-sign-up": anyone(),
    "POST /auth/login": anyone(),
    "POST /auth/change-password": own("auth.changePassword"),
    "POST /auth/logout": own(sensitive=True),
    "DELETE /auth/pin-code": own("pinCode.delete"),
    "POST /auth/pin-code": own("pinCode.create"),
    "PUT /auth/pin-code": own("pinCode.update"),
    "POST /auth/session/lock": own(),
    "POST /auth/session/unlock": own(),
    "GET /auth/status": own(),
    "POST /auth/validateToken": own(None),

    # Download, duplicates, faces
    "POST /download/info": naming("asset.download", no("asset.download"), body={"assetIds": ["$asset"]}, **LOOK),
    "POST /download/archive": naming("asset.download", no("asset.download"), body={"assetIds": ["$asset"]}, **LOOK),
    "GET /duplicates": own("duplicate.read"),
    "DELETE /duplicates": naming("duplicate.delete", no("duplicate.delete"), body={"ids": ["$duplicate"]}, sensitive=True),
    "POST /duplicates/resolve": own("duplicate.delete"),
    "DELETE /duplicates/{id}": on("duplicate", "duplicate.delete", sensitive=True),
    "GET /faces": naming("face.read", no("asset.read"), query={"id": "$asset"}, open_to=(PARTNER, *MEMBERS)),
    "POST /faces": naming("face.create", no("person.read"), body={
        "assetId": "$asset", "personId": "$person", "imageWidth": 100, "imageHeight": 100, "x": 1, "y": 1, "width": 10, "height": 10}, sensitive=True, unknown=False),
    "DELETE /faces/{id}": on("face", "face.delete", body={"force": True}, sensitive=True),
    "PUT /faces/{id}": on("person", "face.update", "person.update", body={"id": "$face"}, sensitive=True, unknown=False),

    # Map, memories, notifications
    "GET /map/markers": own("map.read"),
    "GET /map/reverse-geocode": own("map.search"),
    "GET /memories": own("memory.read"),
    "POST /memories": own("memory.create"),
    "GET /memories/statistics": own("memory.statistics"),
    "DELETE /memories/{id}": on("memory", "memory.delete", fresh="memory"),
    "GET /memories/{id}": on("memory", "memory.read"),
    "PUT /memories/{id}": on("memory", "memory.update", body={"isSaved": True}),
    "DELETE /memories/{id}/assets": on("memory", "memoryAsset.delete", "memory.update", body={"ids": ["$solo"]}),
    "PUT /memories/{id}/assets": on("memory", "memoryAsset.create", "memory.read", body={"ids": ["$solo"]}),
    "GET /notifications": own("notification.read"),
    "PUT /notifications": naming("notification.update", no("notification.update"), body={"ids": ["$notification"]}),
    "DELETE /notifications": naming("notification.delete", no("notification.delete"), body={"ids": ["$notification"]}, fresh="notification"),
    "GET /notifications/{id}": on("notification", "notification.read"),
    "PUT /notifications/{id}": on("notification", "notification.update", body={"readAt": None}),
    "DELETE /notifications/{id}": on("notification", "notification.delete", fresh="notification"),

    # Partners: the objects are users, and only partnerships count
    "GET /partners": own("partner.read"),
    "POST /partners": own("partner.create"),
    "POST /partners/{id}": own("partner.create"),
    "DELETE /partners/{id}": on("partner", "partner.delete", refusal=(400, "Partner not found"), sensitive=True),
    "PUT /partners/{id}": on("sharer", "partner.update", body={"inTimeline": True}, open_to=()),

    # People
    "GET /people": own("person.read"),
    "POST /people": own("person.create"),
    "DELETE /people": naming("person.delete", no("person.delete"), body={"ids": ["$person"]}, fresh="person"),
    "PUT /people": naming("person.update", (200, None), body={"people": [{"id": "$person", "name": "x"}]}, denied="results", unknown=False),
    "POST /people/merge": naming("person.merge", no("person.update"), body={"ids": ["$person", "$person_too"]}, sensitive=True),
    "DELETE /people/{id}": on("person", "person.delete", fresh="person"),
    "GET /people/{id}": on("person", "person.read"),
    "PUT /people/{id}": on("person", "person.update", body={"name": "x"}),
    "POST /people/{id}/merge": on("person", "person.merge", "person.update", body={"ids": ["$person_too"]}, sensitive=True),
    "PUT /people/{id}/reassign": on("person", "person.reassign", "person.update", body={"data": [{"assetId": "$asset", "personId": "$person_too"}]}, sensitive=True),
    "GET /people/{id}/statistics": on("person", "person.statistics", "person.read"),
    "GET /people/{id}/thumbnail": on("person", "person.read", refusal=FILE, sensitive=True),

    # Search
    "GET /search/cities": own("asset.read"),
    "GET /search/explore": own("asset.read"),
    "GET /search/person": own("person.read"),
    "GET /search/places": own("asset.read"),
    "GET /search/suggestions": own("asset.read"),
    "POST /search/large-assets": own("asset.read"),
    "POST /search/metadata": naming("asset.read", no("album.read"), body={"albumIds": ["$album"]}, open_to=(*MEMBERS, *LINKS), takes_links=True),
    "POST /search/random": own("asset.read"),
    "POST /search/smart": own("asset.read"),
    "POST /search/statistics": own("asset.statistics"),

    # Server
    "GET /server/about": own("server.about"),
    "GET /server/apk-links": own("server.apkLinks"),
    "GET /config": own("userConfig.read"),
    "GET /config/defaults": own("userConfig.read"),
    "GET /public/config": anyone(),
    "GET /public/config/defaults": anyone(),
    "GET /server/config": anyone(),
    "GET /server/features": anyone(),
    "GET /server/media-types": anyone(),
    "GET /server/ping": anyone(),
    "GET /server/storage": own("server.storage"),
    "GET /server/version": anyone(),
    "GET /server/version-check": own("server.versionCheck"),
    "GET /server/version-history": anyone(),

    # Sessions
    "DELETE /sessions": own("session.delete"),
    "GET /sessions": own("session.read"),
    "POST /sessions": own("session.create"),
    "DELETE /sessions/{id}": on("session", "session.delete", "authDevice.delete", fresh="session"),
    "PUT /sessions/{id}": on("session", "session.update", body={"isPendingSyncReset": False}),
    "POST /sessions/{id}/lock": on("session", "session.lock"),

    # Shared links
    "GET /shared-links": own("sharedLink.read"),
    "POST /shared-links": naming("sharedLink.create", no("album.share"), body={"type": "ALBUM", "albumId": "$album"}, open_to=(EDITOR,)),
    "POST /shared-links/login": own(takes_links=True, sensitive=True),
    "GET /shared-links/me": own(takes_links=True, sensitive=True),
    "DELETE /shared-links/{id}": on("shared_link", "sharedLink.delete", refusal=(400, "Shared link not found"), fresh="shared_link"),
    "GET /shared-links/{id}": on("shared_link", "sharedLink.read", refusal=(400, "Shared link not found")),
    "PATCH /shared-links/{id}": on("shared_link", "sharedLink.update", body={"description": "x"}, refusal=(400, "Shared link not found")),
    "DELETE /shared-links/{id}/assets": on("shared_link", "sharedLink.update", body={"assetIds": ["$solo"]}, refusal=(400, "Shared link not found")),
    "PUT /shared-links/{id}/assets": on("shared_link", "sharedLink.update", body={"assetIds": ["$solo"]}, refusal=(400, "Shared link not found")),

    # Stacks
    "GET /stacks": own("stack.read"),
    "POST /stacks": naming("stack.create", no("asset.update"), body={"assetIds": ["$asset", "$solo"]}, sensitive=True),
    "DELETE /stacks": naming("stack.delete", no("stack.delete"), body={"ids": ["$stack"]}, sensitive=True),
    "DELETE /stacks/{id}": on("stack", "stack.delete", sensitive=True),
    "GET /stacks/{id}": on("stack", "stack.read"),
    "PUT /stacks/{id}": on("stack", "stack.update", body={}),
    "DELETE /stacks/{id}/assets/{assetId}": on("stack", "stack.update", path={"id": "stack", "assetId": "solo"}, sensitive=True),

    # Sync, tags
    "DELETE /sync/ack": own("syncCheckpoint.delete"),
    "GET /sync/ack": own("syncCheckpoint.read"),
    "POST /sync/ack": own("syncCheckpoint.update"),
    "POST /sync/stream": own("sync.stream"),
    "GET /tags": own("tag.read"),
    "POST /tags": own("tag.create"),
    "PUT /tags": own("tag.create"),
    "PUT /tags/assets": naming("tag.asset", (200, None), body={"tagIds": ["$tag"], "assetIds": ["$solo"]}, denied="results"),
    "DELETE /tags/{id}": on("tag", "tag.delete", fresh="tag"),
    "GET /tags/{id}": on("tag", "tag.read"),
    "PUT /tags/{id}": on("tag", "tag.update", body={"color": "#ff0000"}),
    "DELETE /tags/{id}/assets": on("tag", "tag.asset", body={"ids": ["$solo"]}),
    "PUT /tags/{id}/assets": on("tag", "tag.asset", body={"ids": ["$solo"]}),

    # Timeline, trash
    "GET /timeline/bucket": naming("asset.read", no("album.read"), query={"albumId": "$album", "timeBucket": "2024-01-01"}, open_to=(*MEMBERS, *LINKS), takes_links=True),
    "GET /timeline/buckets": naming("asset.read", no("album.read"), query={"albumId": "$album"}, open_to=(*MEMBERS, *LINKS), takes_links=True),
    "POST /trash/empty": own("asset.delete"),
    "POST /trash/restore": own("asset.delete"),
    "POST /trash/restore/assets": naming("asset.delete", no("asset.delete"), body={"ids": ["$solo"]}),

    # Users
    "GET /users": own("user.read"),
    "GET /users/me": own("user.read"),
    "PUT /users/me": own("user.update"),
    "GET /users/me/calendar-heatmap": own("user.read"),
    "DELETE /users/me/license": own("userLicense.delete"),
    "GET /users/me/license": own("userLicense.read"),
    "PUT /users/me/license": own("userLicense.update"),
    "DELETE /users/me/onboarding": own("userOnboarding.delete"),
    "GET /users/me/onboarding": own("userOnboarding.read"),
    "PUT /users/me/onboarding": own("userOnboarding.update"),
    "GET /users/me/preferences": own("userPreference.read"),
    "PUT /users/me/preferences": own("userPreference.update"),
    "DELETE /users/profile-image": own("userProfileImage.delete"),
    "POST /users/profile-image": own("userProfileImage.update"),
    "GET /users/{id}": own("user.read"),
    "GET /users/{id}/profile-image": own("userProfileImage.read"),

    # Views
    "GET /view/folder": own("folder.read"),
    "GET /view/folder/unique-paths": own("folder.read"),
}

# Other objects that an operation can name, each with a row of its own.
ALSO = [
    ("POST /download/info", naming("asset.download", no("album.download"), body={"albumId": "$album"}, open_to=(*MEMBERS, *LINKS), takes_links=True)),
    ("POST /download/info", naming("asset.download", no("timeline.download"), body={"userId": "$owner"}, takes_links=True)),
    ("GET /timeline/buckets", naming("asset.read", no("tag.read"), query={"tagId": "$tag"})),
    ("GET /timeline/buckets", naming("asset.read", no("timeline.read"), query={"userId": "$owner"}, open_to=(PARTNER,), takes_links=True)),
    ("POST /search/metadata", naming("asset.read", no("album.read"), body={"albumIds": ["$album_too"]}, takes_links=True)),
    ("GET /albums/{id}", on("album_too", "album.read", takes_links=True)),
    ("GET /timeline/buckets", naming("asset.read", no("album.read"), query={"albumId": "$album_too"}, takes_links=True)),
    ("POST /shared-links", naming("sharedLink.create", no("asset.share"), body={"type": "INDIVIDUAL", "assetIds": ["$solo"]}, open_to=(PARTNER,))),
    ("POST /activities", naming("activity.create", no("activity.create"), body={"albumId": "$album", "assetId": "$asset", "type": "like"}, open_to=MEMBERS)),
]

# What nobody but the unlocked owner does with a locked asset: operation -> refusal.
LOCKED = {
    "GET /assets/{id}": no("asset.read"),
    "GET /assets/{id}/thumbnail": no("asset.view"),
    "GET /assets/{id}/original": FILE,
    "PUT /assets/{id}": no("asset.update"),
    "GET /assets/{id}/metadata": no("asset.read"),
    "GET /assets/{id}/ocr": no("asset.read"),
}

# Timelines of other users: query -> who besides the owner sees it, and how the others are refused.
TIMELINES = [
    ({"userId": "$owner"}, (PARTNER,), no("timeline.read")),
    ({"userId": "$owner", "visibility": "timeline"}, (PARTNER,), no("timeline.read")),
    ({"userId": "$owner", "visibility": "archive"}, (), no("archive.read")),
    ({"userId": "$owner", "isTrashed": "true"}, (), no("timeline.read")),
    ({"userId": "$owner", "visibility": "locked"}, (), (401, "Elevated permission is required")),
]
