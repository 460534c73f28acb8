"""What the comparisons of this folder share: checks that are counted, and albumen-infer, asked over HTTP as clients ask it."""

import io
import json
import pathlib
import subprocess
import sys
import urllib.error
import urllib.request
import uuid

import numpy

passed = failed = 0


def check(what, is_right, why=""):
    global passed, failed
    if is_right:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {what}: {why}", flush=True)


def finish():
    """Prints the sum and ends the program."""
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


class Service:
    def __init__(self, program, models, device="cpu"):
        command = [program, "--listen", "127.0.0.1:0", "--models", models, "--device", device, "--offline"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip().removeprefix("listening on ")

    def get(self, path):
        with urllib.request.urlopen(self.url + path) as response:
            return response.read()

    def predict(self, entries, image=None, text=None):
        """The status and the answer."""
        boundary, body = uuid.uuid4().hex, io.BytesIO()
        for name, content in (("entries", json.dumps(entries)), ("image", image), ("text", text)):
            if content is not None:
                head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
                body.write(head.encode() + (content if isinstance(content, bytes) else content.encode()) + b"\r\n")
        body.write(f"--{boundary}--\r\n".encode())
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        try:
            with urllib.request.urlopen(urllib.request.Request(f"{self.url}/predict", body.getvalue(), headers)) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def see(self, model, image):
        status, answer = self.predict({"clip": {"visual": {"modelName": model}}}, image=file_of(image))
        assert status == 200, answer
        return numpy.array(json.loads(answer["clip"]), numpy.float32)

    def read(self, model, text, language=None):
        options = {"language": language} if language else {}
        status, answer = self.predict({"clip": {"textual": {"modelName": model, "options": options}}}, text=text)
        assert status == 200, answer
        return numpy.array(json.loads(answer["clip"]), numpy.float32)

    def faces(self, image, min_score=0.7, name="albumen-small__centerface"):
        model = {"modelName": name}
        entries = {"facial-recognition": {"detection": {**model, "options": {"minScore": min_score}}, "recognition": model}}
        status, answer = self.predict(entries, image=image if isinstance(image, bytes) else file_of(image))
        assert status == 200, answer
        return answer["facial-recognition"]

    def ocr(self, image, min_score=0.8):
        model = {"modelName": "PP-OCRv6_small"}
        entries = {"ocr": {"detection": {**model, "options": {"minScore": 0.5, "maxResolution": 736}},
                           "recognition": {**model, "options": {"minScore": min_score}}}}
        status, answer = self.predict(entries, image=file_of(image))
        assert status == 200, answer
        return answer["ocr"]

    def peak_mib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024

    def end(self):
        self.process.stdin.close()
        return self.process.wait(timeout=20)


def file_of(image, kind="PNG"):
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()
