"""The users and objects of the access matrix: one owner of everything, and those who stand to the owner in every way."""

import json
import pathlib
import struct
import sys
import time
import urllib.parse
import uuid
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "clients"))
import harness  # noqa: E402

PIN = "123456"
UNKNOWN_ID = "0b7a9d3e-52b4-4f7d-9c0b-3f0f6d0f1a11"


def png(shade):
    """The smallest picture, another one for each shade."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    text = b"Comment\0" + str(shade).encode()
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"tEXt", text)
            + chunk(b"IDAT", zlib.compress(b"\0\x7f")) + chunk(b"IEND", b""))


class Visitor(harness.Api):
    """Comes by the key of a link."""

    def __init__(self, base, key):
        super().__init__(base)
        self.key = key

    def call(self, method, path, body=None, headers=None, raw=None):
        sign = "&" if "?" in path else "?"
        return super().call(method, f"{path}{sign}key={self.key}", body, headers, raw)


class World:
    """Makes everything once; `fresh` makes what does not survive a call."""

    def __init__(self, base, operations):
        self.base = base
        self.operations = operations
        self.shade = 0
        self.admin = harness.sign_up_or_log_in(base)
        self.owner, self.owner_id = harness.add_user(self.admin, "owner")
        self.users = {name: harness.add_user(self.admin, name) for name in ("other", "partner", "viewer", "editor", "spare")}
        self.nobody = harness.Api(base)
        self.objects = {"owner": self.owner_id, "spare": self.users["spare"][1], "viewer": self.users["viewer"][1],
                        "partner": self.users["partner"][1], "metadata_key": "mobile-app"}
        self.keys = {}
        # Keys outlive the sessions that some operations end.
        users = {"admin": self.admin, "owner": self.owner, "spare": self.users["spare"][0]}
        self.roots = {name: self._key(user, "all") for name, user in users.items()}
        self._make()
        self.callers = {
            "another user": self.users["other"][0],
            "an administrator": self.admin,
            "partner": self.users["partner"][0],
            "viewer": self.users["viewer"][0],
            "editor": self.users["editor"][0],
            "link": Visitor(base, self.link["key"]),
            "link with a password": Visitor(base, self.guarded["key"]),
        }

    def has(self, operation):
        return operation in self.operations

    def upload(self, name="photo.png"):
        self.shade += 1
        answer = self.owner.upload(name, png(f"{uuid.uuid4()}-{self.shade}"))
        if answer.status != 201:
            sys.exit(f"FAILED  an upload answered {answer.status}: {answer.text()[:300]}")
        return answer.json()["id"]

    def _make(self):
        made = self.objects
        made["asset"], made["solo"], made["locked"] = self.upload(), self.upload(), self.upload()
        made["film"] = self.upload("film.mp4")
        made["album"] = self._album([made["asset"], made["film"]])
        made["album_too"] = self.owner.must("POST", "/albums", {"albumName": "Alone", "assetIds": [made["solo"]]}, 201)["id"]
        self.owner.must("PUT", f"/assets/{made['asset']}/metadata", {"items": [{"key": "mobile-app", "value": {"x": 1}}]})
        self.owner.must("POST", "/partners", {"sharedWithId": self.users["partner"][1]}, 201)
        # Somebody shares with the owner, who decides whether that is shown in the owner's timeline.
        sharer, made["sharer"] = harness.add_user(self.admin, "sharer")
        sharer.must("POST", "/partners", {"sharedWithId": self.owner_id}, 201)
        self.link = self._link(made["album"])
        self.guarded = self._link(made["album"], password="secret")
        for kind in ("activity", "api_key", "session", "shared_link", "memory", "tag", "person", "stack", "notification"):
            made[kind] = self.fresh(kind)
        made["person_too"] = self.fresh("person")
        made["asset_file"] = self._file_beside(made["asset"])
        self._lock()

    def _file_beside(self, asset):
        """A small picture, when it has been made."""
        for _ in range(600):
            if files := self.owner.must("GET", f"/asset-files?assetId={asset}"):
                return files[0]["id"]
            time.sleep(0.1)
        sys.exit("FAILED  no small picture was made in a minute")

    def _lock(self):
        """The owner's locked folder, opened by a session of its own."""
        login = {"email": self._email(self.owner), "password": "another long password"}
        token = self.nobody.must("POST", "/auth/login", login, 201)["accessToken"]
        self.elevated = self.nobody.with_token(token)
        self.owner.must("PUT", f"/assets/{self.objects['locked']}", {"visibility": "locked"})
        self.elevated.must("POST", "/auth/pin-code", {"pinCode": PIN})
        self.elevated.must("POST", "/auth/session/unlock", {"pinCode": PIN})

    def _email(self, user):
        return user.must("GET", "/users/me")["email"]

    def _album(self, assets):
        members = [{"userId": self.users[role][1], "role": role} for role in ("viewer", "editor")]
        body = {"albumName": "Shared", "assetIds": assets, "albumUsers": members}
        return self.owner.must("POST", "/albums", body, 201)["id"]

    def _link(self, album, **more):
        return self.owner.must("POST", "/shared-links", {"type": "ALBUM", "albumId": album, "allowUpload": False, **more}, 201)

    def fresh(self, kind):
        """The id of a new object of the owner; none where the server cannot make one yet."""
        make = getattr(self, f"_new_{kind}", None)
        return make() if make else None

    def _created(self, path, body):
        return self.owner.must("POST", path, body, 201)["id"] if self.has(f"POST {path}") else None

    def _new_solo(self):
        return self.upload()

    def _new_album(self):
        return self._album([])

    def _new_activity(self):
        return self._created("/activities", {"albumId": self.objects["album"], "type": "comment", "comment": "Hello"})

    def _new_api_key(self):
        return self.owner.must("POST", "/api-keys", {"name": "k", "permissions": ["apiKey.rotate"]}, 201)["apiKey"]["id"]

    def _new_session(self):
        return self.owner.must("POST", "/sessions", {}, 201)["id"]

    def _new_shared_link(self):
        return self._created("/shared-links", {"type": "INDIVIDUAL", "assetIds": [self.objects["asset"]]})

    def _new_memory(self):
        body = {"type": "on_this_day", "data": {"year": 2020}, "memoryAt": "2020-01-01T00:00:00.000Z", "assetIds": [self.objects["asset"]]}
        return self._created("/memories", body)

    def _new_tag(self):
        return self._created("/tags", {"name": f"tag-{uuid.uuid4().hex[:8]}", "color": "#00ff00"})

    def _new_person(self):
        return self._created("/people", {"name": "Somebody"})

    def _new_stack(self):
        return self._created("/stacks", {"assetIds": [self.upload(), self.upload()]})

    def _new_notification(self):
        body = {"title": "Hello", "userId": self.owner_id, "type": "Custom", "level": "info"}
        path = "/admin/notifications"
        return self.admin.must("POST", path, body, 201)["id"] if self.has(f"POST {path}") else None

    def key(self, user, permission):
        """The API as one of the users with a key that has this permission alone."""
        name = "admin" if user is self.admin else "spare" if user is self.users["spare"][0] else "owner"
        if (name, permission) not in self.keys:
            self.keys[name, permission] = self._key(self.roots[name], permission)
        return self.keys[name, permission]

    def _key(self, user, permission):
        secret = user.must("POST", "/api-keys", {"name": permission, "permissions": [permission]}, 201)["secret"]
        return self.nobody.with_key(secret)


def filled(template, objects):
    """The template with ids in place of names; none where an object is missing."""
    if isinstance(template, str) and template.startswith("$"):
        return objects.get(template[1:])
    if isinstance(template, dict):
        values = {key: filled(value, objects) for key, value in template.items()}
        return None if any(template[key] is not None and value is None for key, value in values.items()) else values
    if isinstance(template, list):
        values = [filled(value, objects) for value in template]
        return None if None in values else values
    return template


def query_text(query):
    return "?" + urllib.parse.urlencode(query) if query else ""


def same(one, other):
    """Whether two answers tell a caller the same."""
    return one.status == other.status and json.dumps(one.json()) == json.dumps(other.json())
