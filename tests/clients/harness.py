"""What the scripts in this folder share: a server of their own, HTTP without a client library, and plain checks."""

import concurrent.futures
import hashlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import uuid

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
ADMIN = {"email": "admin@albumen.test", "password": "correct horse battery", "name": "Ada Admin"}

# The first start makes a database cluster, on a slow disk; later ones are far quicker.
START_TIMEOUT_S = 90
STOP_TIMEOUT_S = 30
CHILD_DEATH_TIMEOUT_S = 2
REQUEST_TIMEOUT_S = 60
# Metadata and previews of everything that was uploaded, on two busy cores.
WORK_TIMEOUT_S = 300
POLL_S = 0.2
# Nobody is there: unless a test is about it, a server learns of no newer versions, wherever it runs.
NO_RELEASES = "http://127.0.0.1:9/version"


class Checks:
    """Prints one line per check and remembers whether any failed."""

    def __init__(self):
        self.passed = 0
        self.failed = []

    def that(self, holds, what, detail=""):
        """One check; `detail` says what was seen, where it failed."""
        if holds:
            self.passed += 1
            print(f"ok      {what}", flush=True)
        else:
            self.failed.append(what)
            print(f"FAILED  {what}{f': {detail}' if detail != '' else ''}", flush=True)
        return bool(holds)

    def equal(self, found, expected, what):
        """Checks a value, and shows both where they differ."""
        return self.that(found == expected, what, f"expected {expected!r}, found {found!r}")

    def refused(self, answer, status, message, what):
        """A refusal has the status, exactly one key in its body, and the message (None: any text)."""
        body = answer.json()
        shape = isinstance(body, dict) and isinstance(body.get("message"), str) and set(body) == {"message"}
        text = shape and (message is None or body["message"] == message)
        return self.that(answer.status == status and text, what, f"expected {status} {message!r}, found {answer.status} {answer.text()[:300]}")

    def invalid(self, answer, path, message, what):
        """A validation error: 400, and one of its errors names the path and (unless None) the message."""
        body = answer.json()
        right = isinstance(body, dict) and body.get("message") == "Validation failed" and isinstance(body.get("errors"), list)
        errors = body["errors"] if right else []
        found = any(e.get("path") == path and (message is None or e.get("message", "").startswith(message))
                    and isinstance(e.get("code"), str) for e in errors)
        return self.that(answer.status == 400 and found, what,
                         f"expected 400 with {path} {message!r}, found {answer.status} {answer.text()[:300]}")

    def ends(self, server):
        """Ctrl-C ends a server with all that it has started."""
        return self.equal(server.stop(), [], "Ctrl-C leaves no process running")

    def finish(self):
        """Prints the sum and ends the program."""
        print(f"{self.passed} checks passed, {len(self.failed)} failed", flush=True)
        sys.exit(1 if self.failed else 0)


class Answer:
    """A response, read whole."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def text(self):
        return self.body.decode("utf-8", "replace")

    def json(self):
        """The body as JSON, or None where it isn't."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Api:
    """Calls the API with one credential (session token or API key)."""

    def __init__(self, base, headers=None):
        self.base = base.rstrip("/")
        parts = urllib.parse.urlsplit(self.base)
        self.host, self.port = parts.hostname, parts.port or 80
        self.headers = dict(headers or {})

    def with_token(self, token):
        return Api(self.base, {"Authorization": f"Bearer {token}"})

    def with_key(self, secret):
        return Api(self.base, {"x-api-key": secret})

    def call(self, method, path, body=None, headers=None, raw=None):
        """One request; `body` is sent as JSON, `raw` as it is."""
        sent = {**self.headers, **(headers or {})}
        if body is not None:
            raw = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection(self.host, self.port, timeout=REQUEST_TIMEOUT_S)
        try:
            try:
                connection.request(method, f"/api{path}", raw, sent)
            except (BrokenPipeError, ConnectionResetError):
                pass  # a server may refuse before it has read all; its answer is what counts
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.call("POST", path, body, **options)

    def put(self, path, body=None, **options):
        return self.call("PUT", path, body, **options)

    def delete(self, path, body=None, **options):
        return self.call("DELETE", path, body, **options)

    def must(self, method, path, body=None, status=None):
        """A call that the test itself rests on: anything but success ends the program."""
        answer = self.call(method, path, body)
        if answer.status != status and (status or answer.status >= 300):
            sys.exit(f"FAILED  {method} {path} answered {answer.status}: {answer.text()[:500]}")
        return answer.json()

    def upload(self, name, data, headers=None, fields=None, **more):
        """Uploads one file as the clients do."""
        values = {"fileCreatedAt": "2024-01-01T10:00:00.000Z", "fileModifiedAt": "2024-01-01T10:00:00.000Z",
                  "isFavorite": "false", **more}
        if fields is not None:
            values = fields
        kind, body = multipart(list(values.items()), [("assetData", name, data)])
        return self.call("POST", "/assets", raw=body, headers={"Content-Type": kind, **(headers or {})})


def multipart(fields, files):
    """The content type and the bytes of a form; names of files are escaped as browsers do."""
    boundary = f"----albumen{uuid.uuid4().hex}"
    parts = []
    for name, value in fields:
        parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    for name, file_name, data in files:
        quoted = file_name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{quoted}"\r\n'
        parts.append(head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + data + b"\r\n")
    parts.append(f"--{boundary}--\r\n".encode())
    return f"multipart/form-data; boundary={boundary}", b"".join(parts)


def sha1_hex(data):
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def sign_up_or_log_in(base):
    """The administrator's API: signs up on a fresh server, and logs in in any case."""
    nobody = Api(base)
    config = nobody.must("GET", "/server/config")
    if not config["isInitialized"]:
        nobody.must("POST", "/auth/admin-sign-up", ADMIN, 201)
    login = nobody.must("POST", "/auth/login", {"email": ADMIN["email"], "password": ADMIN["password"]}, 201)
    return nobody.with_token(login["accessToken"])


def add_user(admin, name):
    """Makes a user, and returns the API as that user and the user's id."""
    email = f"{name}-{uuid.uuid4().hex[:8]}@albumen.test"
    body = {"email": email, "password": "another long password", "name": name}
    user = admin.must("POST", "/admin/users", body, 201)
    login = Api(admin.base).must("POST", "/auth/login", {"email": email, "password": body["password"]}, 201)
    return Api(admin.base).with_token(login["accessToken"]), user["id"]


def all_assets(api, **filters):
    """All assets of a user but locked ones; hidden and trashed ones too, unless told otherwise."""
    assets, page = [], 1
    while page:
        body = {"size": 1000, "page": page, "withDeleted": True, "withExif": True, **filters}
        found = api.must("POST", "/search/metadata", body, 200)["assets"]
        assets += found["items"]
        page = int(found["nextPage"]) if found["nextPage"] else None
    return assets


def answer_or_end(call):
    """The answer's status, or "closed" where the server hung up on what it need not read."""
    try:
        return call().status
    except (OSError, http.client.HTTPException):
        return "closed"


def wait_until(holds, timeout_s, what):
    """Polls until `holds()` is true; the last value is returned, and a timeout says what was waited for."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = holds()
        if value:
            return value
        if time.monotonic() > deadline:
            print(f"waited {timeout_s} s in vain: {what}", flush=True)
            return value
        time.sleep(POLL_S)


def in_parallel(jobs, at_once):
    """Runs the jobs, so many at once, and returns their results in order; an exception is a result, too."""
    def guarded(job):
        try:
            return job()
        except Exception as error:  # noqa: BLE001: a broken connection is what some tests are about
            return error
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(guarded, jobs))


def media_files(data):
    """Every file under the media folder, relative to it, without the markers of its top folders."""
    media = pathlib.Path(data) / "media"
    files = (path for path in media.rglob("*") if path.is_file() and path.name != ".immich")
    return sorted(str(path.relative_to(media)) for path in files)


def stray_files(data, assets, user_id=None):
    """Files in the media folder that belong to none of the assets: originals by path, the rest by the asset's id.

    With a user only that user's folders count, and what lies outside of any user's folder."""
    ids = {asset["id"] for asset in assets}
    originals = {pathlib.PurePath(asset["originalPath"]).name for asset in assets}
    stray = []
    for name in media_files(data):
        parts = pathlib.PurePath(name).parts
        top, owner = parts[0], parts[1] if len(parts) > 2 else None
        if top in ("backups", "profile") or (user_id and owner and owner != user_id and _is_uuid(owner)):
            continue
        if top in ("upload", "library") and parts[-1] in originals:
            continue
        if top in ("thumbs", "encoded-video") and parts[-1][:36] in ids:
            continue
        stray.append(name)
    return stray


def _is_uuid(text):
    try:
        return bool(uuid.UUID(text))
    except ValueError:
        return False


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def find_binary():
    """The `albumen` program: ALBUMEN_BIN, or what cargo built."""
    target = os.environ.get("CARGO_TARGET_DIR", str(REPOSITORY / "target"))
    candidates = [os.environ.get("ALBUMEN_BIN"), f"{target}/release/albumen", shutil.which("albumen")]
    for candidate in candidates:
        if candidate and os.access(candidate, os.X_OK):
            return str(pathlib.Path(candidate).resolve())
    sys.exit("no albumen program: build it, or name it in ALBUMEN_BIN")


def descendants(pid):
    """A process and all processes under it."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                # The name in parentheses may hold anything: the parent is the second field behind it.
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                continue
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += [child for child, parent in parents.items() if parent == one]
    return found


def command_line(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
    except OSError:
        return ""


def is_alive(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def alive_after_a_moment(family):
    """Those of {pid: command} that are alive although they were given time to go."""
    deadline = time.monotonic() + CHILD_DEATH_TIMEOUT_S
    while any(is_alive(pid) for pid in family) and time.monotonic() < deadline:
        time.sleep(0.05)
    return [f"{pid} {command}" for pid, command in family.items() if is_alive(pid)]


def albumen(data, *arguments):
    """Runs a subcommand of the server's program on a data folder; returns its exit status and what it printed."""
    environment = {**os.environ, "ALBUMEN_DATA": str(data)}
    done = subprocess.run([find_binary(), *arguments], env=environment, capture_output=True, text=True,
                          timeout=WORK_TIMEOUT_S, check=False)
    return done.returncode, done.stdout + done.stderr


class Server:
    """An `albumen up` on a folder and a port of its own; with other arguments, a part of one on the folder of another."""

    def __init__(self, data=None, environment=None, arguments=("up",)):
        self.binary = find_binary()
        self.arguments = arguments
        self.own_folder = None
        if data is None:
            self.own_folder = pathlib.Path(tempfile.mkdtemp(prefix="albumen-test-"))
            # As root the server runs as a system user, who must be able to walk through.
            self.own_folder.chmod(0o755)
            data = self.own_folder / "data"
        self.data = pathlib.Path(data)
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.environment = environment or {}
        self.log_path = pathlib.Path(tempfile.mkstemp(prefix="albumen-test-", suffix=".log")[1])
        self.process = None

    def start(self):
        environment = {"ALBUMEN_VERSION_URL": NO_RELEASES, **os.environ, **self.environment, "ALBUMEN_DATA": str(self.data), "ALBUMEN_LISTEN": f"127.0.0.1:{self.port}"}
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([self.binary, *self.arguments], env=environment, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)
        started = time.monotonic()
        while time.monotonic() - started < START_TIMEOUT_S:
            if self.process.poll() is not None:
                break
            if self.answers():
                return time.monotonic() - started
            time.sleep(0.05)
        log_end = self.log_path.read_text(errors="replace")[-3000:]
        state = self.process.poll()
        self.kill()
        sys.exit(f"FAILED  the server did not start (exit status {state}). Its log ends:\n{log_end}")

    def answers(self):
        try:
            return Api(self.base).get("/server/ping").status == 200
        except OSError:
            return False

    def stop(self):
        """Ctrl-C; returns the processes that are left, which should be none."""
        family = {pid: command_line(pid) for pid in descendants(self.process.pid)}
        os.kill(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            print(f"the server does not stop within {STOP_TIMEOUT_S} s of Ctrl-C", flush=True)
        return alive_after_a_moment(family)

    def own_processes(self):
        """The processes that run the server's program, without PostgreSQL and decoders."""
        def program(pid):
            try:
                return os.readlink(f"/proc/{pid}/exe")
            except OSError:
                return None
        return [pid for pid in descendants(self.process.pid) if program(pid) == self.binary]

    def kill(self, whole_family=True):
        """kill -9, of everything or of the first process only; returns what is left of the children that work on media."""
        # Nothing more is acknowledged while we look for its children.
        os.kill(self.process.pid, signal.SIGSTOP)
        family = descendants(self.process.pid)
        for pid in family if whole_family else [self.process.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        alive = {pid: command_line(pid) for pid in family if pid != self.process.pid and is_alive(pid)}
        self.process.wait()
        return alive_after_a_moment({pid: command for pid, command in alive.items() if "postgres" not in command})

    def clean_up(self, keep_log=False):
        """Removes what the test made."""
        if self.process and self.process.poll() is None:
            self.stop()
            if self.process.poll() is None:
                self.kill()
        if self.own_folder:
            shutil.rmtree(self.own_folder, ignore_errors=True)
        if keep_log:
            print(f"the server's log: {self.log_path}", flush=True)
        else:
            self.log_path.unlink(missing_ok=True)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, error, trace):
        failed = kind is not None and not (kind is SystemExit and error.code in (0, None))
        self.clean_up(keep_log=failed)
