#!/usr/bin/env python3
"""A film of 6 GB through nginx: taken whole, on bounded memory. Run by hand, as root; needs nginx and 14 GB of disk.

Usage: large_upload.py [GIGABYTES]"""

import http.client
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

import harness
from harness import Checks, Server

GIB = 1024 ** 3
CHUNK = bytes(1024 * 1024)
BOUNDARY = "albumen-large-upload"
# What the upload may cost in memory, over what the idle server takes.
MAX_COST_BYTES = 50 * 1024 * 1024
REQUEST_TIMEOUT_S = 600
NGINX = """
daemon off; error_log stderr; pid {folder}/nginx.pid; worker_processes 1;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    client_max_body_size 50000M;
    proxy_read_timeout 600s; proxy_send_timeout 600s; send_timeout 600s;
    proxy_set_header Host $host;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_http_version 1.1;
    location / {{ proxy_pass {upstream}; }}
  }}
}}
"""


def own_memory_bytes(server):
    """Anonymous memory of the server and all its children but PostgreSQL: what the page cache holds is not its own."""
    total = 0
    for pid in harness.descendants(server.process.pid):
        try:
            if pathlib.Path(f"/proc/{pid}/comm").read_text().startswith("postgres"):
                continue
            lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss_Anon:"))
    return total


class Peak:
    """The most memory that was seen while it was open."""

    def __init__(self, server):
        self.server, self.bytes, self.open = server, 0, True
        self.watcher = threading.Thread(target=self.watch)

    def watch(self):
        while self.open:
            self.bytes = max(self.bytes, own_memory_bytes(self.server))
            time.sleep(0.1)

    def __enter__(self):
        self.watcher.start()
        return self

    def __exit__(self, *_):
        self.open = False
        self.watcher.join()


def upload(port, token, size_bytes):
    """Sends zeros as a film; returns status and body."""
    def part(name, value):
        return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
    head = part("fileCreatedAt", "2024-01-01T00:00:00.000Z") + part("fileModifiedAt", "2024-01-01T00:00:00.000Z")
    head += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="assetData"; filename="large.mp4"\r\n'
    head = (head + "Content-Type: video/mp4\r\n\r\n").encode()
    tail = f"\r\n--{BOUNDARY}--\r\n".encode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=REQUEST_TIMEOUT_S)
    connection.putrequest("POST", "/api/assets")
    connection.putheader("Authorization", f"Bearer {token}")
    connection.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
    connection.putheader("Content-Length", str(len(head) + size_bytes + len(tail)))
    connection.endheaders(head)
    for _ in range(size_bytes // len(CHUNK)):
        connection.send(CHUNK)
    connection.send(tail)
    answer = connection.getresponse()
    return answer.status, answer.read()


def main():
    size_bytes = int(sys.argv[1] if len(sys.argv) > 1 else 6) * GIB
    checks = Checks()
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        admin = harness.sign_up_or_log_in(server.base)
        token = admin.headers["Authorization"].removeprefix("Bearer ")
        port = harness.free_port()
        configuration = pathlib.Path(folder, "nginx.conf")
        configuration.write_text(NGINX.format(folder=folder, port=port, upstream=server.base))
        proxy = subprocess.Popen(["nginx", "-c", str(configuration)])
        try:
            time.sleep(1)
            idle_bytes = own_memory_bytes(server)
            started = time.monotonic()
            with Peak(server) as peak:
                status, body = upload(port, token, size_bytes)
            print(f"{size_bytes / GIB:.0f} GiB in {time.monotonic() - started:.0f} s; memory {idle_bytes / 2**20:.1f} MiB idle, {peak.bytes / 2**20:.1f} MiB at most")
            checks.equal(status, 201, f"the film is taken: {body[:200]}")
            checks.that(peak.bytes - idle_bytes < MAX_COST_BYTES, "it costs less than 50 MiB", f"{(peak.bytes - idle_bytes) / 2**20:.1f} MiB")
            stored = sum(path.stat().st_size for path in pathlib.Path(server.data).rglob("*.mp4"))
            checks.equal(stored, size_bytes, "every byte is there")
        finally:
            proxy.terminate()
            proxy.wait()
    checks.finish()


if __name__ == "__main__":
    main()
