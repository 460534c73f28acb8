#!/usr/bin/env python3
"""Holds every operation of a running server's own document against the access matrix.

Usage: tests/access/check.py [BASE_URL]        without one, a server of its own is started (ALBUMEN_BIN)

Every kind of caller asks for an object of somebody else and for one that does not exist, and whoever may asks for it, too.
An operation without a row fails, and so does a 200 without anything in it where a refusal is declared."""

import re
import sys

sys.dont_write_bytecode = True

from matrix import ALSO, LINKS, LOCKED, ROWS, TIMELINES  # noqa: E402
from world import UNKNOWN_ID, World, filled, harness, query_text, same  # noqa: E402

PARAMETER = re.compile(r"{(\w+)}")
# Some other permission than that of any row.
UNRELATED = "plugin.create"
SOLO_LOOKS = {"GET /assets/{id}": (400, "Not found or no asset.read access"), "GET /assets/{id}/thumbnail": (400, "Not found or no asset.view access"),
              "GET /assets/{id}/original": (404, "Not Found")}


def is_refusal(answer, refusal):
    status, message = refusal
    body = answer.json()
    return answer.status == status and isinstance(body, dict) and (message is None or body.get("message") == message)


def is_let_in(answer):
    """Whether the guard let the caller in, whatever the handler said then."""
    body = answer.json()
    message = body.get("message", "") if isinstance(body, dict) else ""
    guards = message == "Authentication required" or message.startswith(("Invalid share", "Invalid API", "Invalid user", "Missing required permission"))
    return answer.status < 500 and not guards and not (answer.status == 403 and message == "Forbidden")


def told(answer):
    return f"{answer.status} {answer.text()[:160]}"


class Matrix:
    """One run over all operations."""

    def __init__(self, base, checks):
        self.checks = checks
        document = harness.Api(base).get("/spec.json").json()
        self.operations = {f"{method.upper()} {path}": operation for path, methods in document["paths"].items()
                           for method, operation in methods.items()}
        self.world = World(base, self.operations)

    def run(self):
        unknown = sorted(set(self.operations) - set(ROWS))
        self.checks.that(not unknown, "every operation has a row", f"missing: {unknown}")
        for operation in sorted(set(self.operations) & set(ROWS)):
            self.operation(operation, ROWS[operation])
        for operation, row in ALSO:
            if operation in self.operations:
                self.objects(operation, row)
        self.locked()
        self.solo()
        self.timelines()

    # One operation

    def operation(self, operation, row):
        self.document(operation, row)
        if row.who == "anyone":
            answer = self.ask(self.world.nobody, operation, row, {})
            self.checks.that(answer.status not in (401, 403) or operation == "POST /auth/login", f"{operation}: open to anyone", told(answer))
            return
        self.guard(operation, row)
        if row.who == "user" and row.names_object:
            self.objects(operation, row)

    def document(self, operation, row):
        described = self.operations[operation]
        permission = described.get("x-immich-permission", "all")
        expected = row.permission if row.permission else "all"
        right = (bool(described.get("security")) == (row.who != "anyone") and bool(described.get("x-immich-admin-only")) == (row.who == "admin")
                 and (row.who == "anyone" or permission == expected))
        self.checks.that(right, f"{operation}: described as it is declared", f"{permission}, {described.get('security')}")

    def guard(self, operation, row):
        """Who gets as far as the handler. Nobody names an object here."""
        world, checks = self.world, self.checks
        nothing = {name: UNKNOWN_ID for name in PARAMETER.findall(operation)}
        ask = lambda api: self.bare(api, operation, nothing)  # noqa: E731
        checks.that(is_refusal(ask(world.nobody), (401, "Authentication required")), f"{operation}: not without a credential", told(ask(world.nobody)))
        user = world.admin if row.who == "admin" else world.users["spare"][0]
        without = ask(world.key(user, UNRELATED))
        if row.permission:
            checks.that(is_refusal(without, (403, f"Missing required permission: {row.permission}")), f"{operation}: not with a key without permission", told(without))
        else:
            checks.that(is_let_in(without), f"{operation}: with any key", told(without))
        if row.permission and not row.sensitive:
            let_in = ask(world.key(user, row.permission))
            checks.that(is_let_in(let_in) or is_refusal(let_in, (403, "Sync endpoints cannot be used with API keys")), f"{operation}: with a key that may", told(let_in))
        if not row.takes_links:
            for link in LINKS:
                answer = ask(world.callers[link])
                checks.that(is_refusal(answer, (403, "Forbidden")), f"{operation}: not by a {link}", told(answer))
        elif row.link_refusal:
            answer = ask(world.callers["link"])
            checks.that(is_refusal(answer, row.link_refusal), f"{operation}: not by a link that does not allow it", told(answer))
        if row.who == "admin":
            for caller in (world.owner, world.key(world.owner, "all")):
                answer = ask(caller)
                checks.that(is_refusal(answer, (403, "Forbidden")), f"{operation}: for administrators", told(answer))

    def objects(self, operation, row):
        """Everybody asks for what is the owner's, and for what is nobody's."""
        world, checks = self.world, self.checks
        if self.request(operation, row, world.objects) is None:
            checks.that(True, f"{operation}: its objects cannot be made yet")
            return
        for name, caller in world.callers.items():
            if name in row.open_to or (name in LINKS and not row.takes_links):
                continue
            answer = self.ask(caller, operation, row, world.objects)
            known = dict(row.refusals).get(name)
            refused = is_refusal(answer, known) if known else self.is_denied(answer, row)
            checks.that(refused, f"{operation}: refused to {name}", told(answer))
            if row.unknown and not row.denied and not known:
                nothing = self.ask(caller, operation, row, self.unknown())
                checks.that(same(answer, nothing), f"{operation}: no telling whether it exists, for {name}", f"{told(answer)} / {told(nothing)}")
        if row.sensitive:
            return
        allowed = {name: world.callers[name] for name in row.open_to}
        allowed["the owner's key"] = world.key(world.owner, row.permission)
        allowed["the owner"] = world.owner
        for name, caller in allowed.items():
            objects = world.objects if not row.fresh else {**world.objects, row.fresh: world.fresh(row.fresh)}
            answer = self.ask(caller, operation, row, objects)
            # A film that is none cannot be played, which is told to those alone who may see it.
            right = answer.status < 400 or (operation.startswith("GET /assets/{id}/video") and answer.status == 404)
            checks.that(right, f"{operation}: open to {name}", told(answer))

    def is_denied(self, answer, row):
        if row.denied != "results":
            return is_refusal(answer, row.refusal)
        body = answer.json()
        results = body if isinstance(body, list) else [body]
        return answer.status == 200 and all(one.get("success") is False or one.get("count") == 0 for one in results)

    # Beside the operations

    def locked(self):
        world, checks = self.world, self.checks
        objects = {**world.objects, "asset": world.objects["locked"]}
        for operation, refusal in LOCKED.items():
            row = ROWS[operation]
            callers = {**world.callers, "the owner, not unlocked": world.owner, "the owner's key": world.key(world.owner, "all")}
            for name, caller in callers.items():
                if name in LINKS and not row.takes_links:
                    continue
                answer = self.ask(caller, operation, row, objects)
                checks.that(is_refusal(answer, refusal), f"{operation}: what is locked is refused to {name}", told(answer))
            answer = self.ask(world.elevated, operation, row, objects)
            # Small pictures may not be made yet.
            is_pending = operation.endswith("thumbnail") and is_refusal(answer, (404, "Asset media not found"))
            checks.that(answer.status < 400 or is_pending, f"{operation}: what is locked is shown to the unlocked owner", told(answer))

    def solo(self):
        """What is in no album is shown to partners alone."""
        world, checks = self.world, self.checks
        objects = {**world.objects, "asset": world.objects["solo"]}
        for operation, refusal in SOLO_LOOKS.items():
            row = ROWS[operation]
            for name, caller in world.callers.items():
                answer = self.ask(caller, operation, row, objects)
                if name == "partner":
                    is_pending = is_refusal(answer, (404, "Asset media not found"))
                    checks.that(answer.status < 400 or is_pending, f"{operation}: in no album, shown to a partner", told(answer))
                else:
                    checks.that(is_refusal(answer, refusal), f"{operation}: in no album, refused to {name}", told(answer))

    def timelines(self):
        world, checks = self.world, self.checks
        for query, open_to, refusal in TIMELINES:
            wanted = query_text(filled(query, world.objects))
            for name, caller in world.callers.items():
                if name in LINKS:
                    continue
                answer = caller.get(f"/timeline/buckets{wanted}")
                right = answer.status == 200 if name in open_to else is_refusal(answer, refusal)
                checks.that(right, f"GET /timeline/buckets{query_text(query)} by {name}", told(answer))

    # Requests

    def unknown(self):
        """Ids of nothing, different ones for different objects: what refuses to take the same twice is not what is asked here."""
        kept = ("metadata_key", "spare", "viewer")
        values = dict.fromkeys(self.world.objects.values())
        of_nothing = {value: f"{UNKNOWN_ID[:-4]}{place:04x}" for place, value in enumerate(values, 1)}
        return {name: value if name in kept else of_nothing[value] for name, value in self.world.objects.items()}

    def request(self, operation, row, objects):
        """Path and body; none where an object is missing."""
        _, path = operation.split(" ", 1)
        for name in PARAMETER.findall(path):
            value = objects.get((row.path or {}).get(name)) if name in (row.path or {}) else UNKNOWN_ID
            if value is None:
                return None
            path = path.replace(f"{{{name}}}", str(value))
        query, body = filled(row.query, objects), filled(row.body, objects)
        if (row.query and query is None) or (row.body is not None and body is None):
            return None
        return path + query_text(query), body

    def ask(self, api, operation, row, objects):
        method = operation.split(" ", 1)[0]
        path, body = self.request(operation, row, objects) or (operation.split(" ", 1)[1], None)
        return api.call(method, path, body)

    def bare(self, api, operation, parameters):
        method, path = operation.split(" ", 1)
        for name, value in parameters.items():
            path = path.replace(f"{{{name}}}", value)
        return api.call(method, path)


def main():
    checks = harness.Checks()
    if len(sys.argv) > 1:
        Matrix(sys.argv[1], checks).run()
    else:
        with harness.Server() as server:
            Matrix(server.base, checks).run()
    checks.finish()


if __name__ == "__main__":
    main()
