"""A service of models that answers as it is told: what is in a picture follows from the picture's size.

It speaks what Immich's machine-learning service speaks (`GET /`, `GET /ping`, `POST /predict`), so a server takes it for one."""

import http.server
import json
import threading
import time

from cli import jpeg_size, webp_size

DIMENSIONS = 512


class Predictions:
    """The service, on a port of its own. `texts` maps the size of a picture to its lines."""

    def __init__(self):
        self.texts = {}
        self.requests = []
        self.is_failing = False
        self.delay_s = 0
        self.lock = threading.Lock()
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):  # noqa: N802: the name is Python's
                if self.path == "/ping":
                    self.answer(200, b"pong", "text/plain")
                else:
                    self.answer(200, b'{"message":"Immich ML"}', "application/json")

            def do_POST(self):  # noqa: N802
                length = int(self.headers["Content-Length"]) if "Content-Length" in self.headers else None
                body = self.rfile.read(length) if length is not None else self.read_chunks()
                status, answer = service.predict(fields_of(self.headers["Content-Type"], body))
                self.answer(status, json.dumps(answer).encode(), "application/json")

            def read_chunks(self):
                parts = []
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)

            def answer(self, status, body, kind):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Service(http.server.ThreadingHTTPServer):
            def handle_error(self, request, client_address):
                """Whoever asked is gone, which some tests are about."""

        self.server = Service(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def predict(self, fields):
        entries = json.loads(fields["entries"])
        size = size_of(fields["image"]) if "image" in fields else None
        with self.lock:
            self.requests.append((entries, size))
        time.sleep(self.delay_s)
        if self.is_failing:
            return 500, {"detail": "told to fail"}
        answer = {}
        if size:
            answer.update(imageWidth=size[0], imageHeight=size[1])
        if "clip" in entries:
            answer["clip"] = json.dumps(vector_of(size or fields.get("text", b"")))
        if "facial-recognition" in entries:
            answer["facial-recognition"] = []
        if "ocr" in entries:
            lines = self.texts.get(size, [])
            answer["ocr"] = {
                "text": [text for text, _ in lines],
                "box": [number for _, box in lines for number in box],
                "boxScore": [0.9] * len(lines),
                "textScore": [0.95] * len(lines),
            }
        return 200, answer

    def asked(self, task):
        """The requests of one task so far: their entries and the sizes of their pictures."""
        with self.lock:
            return [(entries[task], size) for entries, size in self.requests if task in entries]


def fields_of(content_type, body):
    """The parts of a form by their names."""
    boundary = content_type.split("boundary=")[1].strip('"').encode()
    fields = {}
    for part in body.split(b"--" + boundary)[1:-1]:
        head, _, value = part.lstrip(b"\r\n").partition(b"\r\n\r\n")
        name = head.split(b'name="')[1].split(b'"')[0].decode()
        fields[name] = value[:-2]
    return fields


def size_of(picture):
    return webp_size(picture) or jpeg_size(picture)


def vector_of(what):
    """Any unit vector, the same for the same."""
    place = hash(what) % DIMENSIONS
    return [1.0 if index == place else 0.0 for index in range(DIMENSIONS)]
