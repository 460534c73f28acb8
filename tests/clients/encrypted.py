#!/usr/bin/env python3
"""A database on another machine, reached by TLS alone: `sslmode` and `sslrootcert` of DATABASE_URL.

Usage: encrypted.py      (starts a PostgreSQL of its own and what encrypts the way to it; ALBUMEN_BIN names the program)

The PostgreSQL that tests use knows no TLS, so a proxy speaks it, as PostgreSQL's protocol asks for it (SSLRequest)."""

import os
import pathlib
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import urllib.parse

import harness
from harness import Checks, Server

SSL_REQUEST = struct.pack("!ii", 8, 80877103)
PUMP_BYTES = 65536


class TlsProxy:
    """Takes only who asks for encryption, and counts them."""

    def __init__(self, target, certificate, key):
        self.target, self.encrypted, self.plain = target, 0, 0
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.join, args=(client,), daemon=True).start()

    def join(self, client):
        try:
            first = client.recv(8, socket.MSG_WAITALL)
            if first != SSL_REQUEST:
                self.plain += 1
                client.close()
                return
            client.sendall(b"S")
            secure = self.context.wrap_socket(client, server_side=True)
        except (OSError, ssl.SSLError):
            client.close()
            return
        self.encrypted += 1
        server = socket.socket(socket.AF_UNIX)
        server.connect(self.target)
        # One thread for both ways: an SSL socket is not for two at once.
        secure.setblocking(False)
        server.setblocking(False)
        pump_both(secure, server)


def pump_both(secure, server):
    """Passes bytes on until either side ends."""
    import selectors
    selector = selectors.DefaultSelector()
    for end in (secure, server):
        selector.register(end, selectors.EVENT_READ)
    try:
        while True:
            # What TLS has decrypted already does not wake the selector.
            ready = [secure] if secure.pending() else [key.fileobj for key, _ in selector.select()]
            for source in ready:
                sink = server if source is secure else secure
                try:
                    data = source.recv(PUMP_BYTES)
                except (ssl.SSLWantReadError, BlockingIOError):
                    continue
                if not data:
                    return
                send_all(sink, data)
    except OSError:
        return
    finally:
        secure.close()
        server.close()


def send_all(sink, data):
    import select
    view = memoryview(data)
    while view:
        try:
            view = view[sink.send(view):]
        except (ssl.SSLWantWriteError, BlockingIOError):
            select.select([], [sink], [])


def certificates(folder):
    """An authority, a certificate for localhost, and another authority that signed nothing."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for name in ("ca", "other"):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=db", "-keyout", "db.key", "-out", "db.csr")
    (folder / "names").write_text("subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n")
    openssl("x509", "-req", "-in", "db.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "names", "-out", "db.pem")
    for file in folder.iterdir():
        file.chmod(0o644)


def migrate(data, url):
    done = subprocess.run([harness.find_binary(), "migrate"], env={**os.environ, "ALBUMEN_DATA": str(data), "DATABASE_URL": url},
                          capture_output=True, text=True, timeout=harness.WORK_TIMEOUT_S, check=False)
    return done.returncode, done.stdout + done.stderr


def socket_of(url):
    """The socket, the user and the database of what deploy/test-postgres prints."""
    user, _, rest = url.removeprefix("postgres://").partition("@")
    folder, _, database = rest.partition("/")
    return pathlib.Path(urllib.parse.unquote(folder)) / ".s.PGSQL.5432", user, database


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="albumen-encrypted-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        certificates(folder)
        started = subprocess.run([harness.REPOSITORY / "deploy/test-postgres", "start", folder / "postgres"], stdout=subprocess.PIPE, text=True, check=True)
        try:
            path, user, database = socket_of(started.stdout.strip())
            proxy = TlsProxy(str(path), folder / "db.pem", folder / "db.key")
            def url(host, options):
                return f"postgres://{user}@{host}:{proxy.port}/{database}{options}"
            ca, other = f"&sslrootcert={folder}/ca.pem", f"&sslrootcert={folder}/other.pem"
            data = folder / "data"
            for options, host, works, what in [
                (f"?sslmode=verify-full{ca}", "localhost", True, "verify-full takes a signed certificate of this host"),
                (f"?sslmode=verify-full{ca}", "127.0.0.1", False, "verify-full refuses that of another name"),
                (f"?sslmode=verify-ca{ca}", "127.0.0.1", True, "verify-ca does not ask for the name"),
                (f"?sslmode=verify-ca{other}", "localhost", False, "verify-ca refuses another signature"),
                ("?sslmode=verify-full", "localhost", False, "without sslrootcert only known authorities count"),
                ("?sslmode=require", "127.0.0.1", True, "require encrypts whoever answers"),
                ("?sslmode=verify-full&sslrootcert=/nowhere.pem", "localhost", False, "a file that is missing is said to be"),
                ("", "localhost", False, "without sslmode nothing is encrypted, which this database refuses"),
            ]:
                status, output = migrate(data, url(host, options))
                checks.that((status == 0) == works, what, output[-300:])
            before = proxy.plain
            with Server(data, {"DATABASE_URL": url("localhost", f"?sslmode=verify-full{ca}")}) as server:
                api = harness.sign_up_or_log_in(server.base)
                album = api.must("POST", "/albums", {"albumName": "by TLS"}, 201)
                checks.equal(api.get(f"/albums/{album['id']}").status, 200, "a server writes and reads by TLS alone")
            checks.equal(proxy.plain - before, 0, "none of its connections is plain")
            checks.that(proxy.encrypted > 10, f"{proxy.encrypted} connections were encrypted")
        finally:
            subprocess.run([harness.REPOSITORY / "deploy/test-postgres", "stop", folder / "postgres"], check=False)
    checks.finish()


if __name__ == "__main__":
    main()
