"""An installation of many processes on one machine: PostgreSQL, a Kafka broker, the roles apart, and what stands
between them: proxies of ours that pass bytes on, swallow them, or spread requests over the processes that answer."""

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
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "clients"))
import harness  # noqa: E402

DEPLOY = harness.REPOSITORY / "deploy"
PUMP_BYTES = 65536
CONNECT_TIMEOUT_S = 2
READY_TIMEOUT_S = 90
TOOL_TIMEOUT_S = 180


def deploy(tool, *arguments, environment=None):
    """Runs a script of deploy/ and returns what it printed."""
    done = subprocess.run([DEPLOY / tool, *map(str, arguments)], stdout=subprocess.PIPE, text=True, check=False,
                          env={**os.environ, **(environment or {})}, timeout=TOOL_TIMEOUT_S)
    if done.returncode != 0:
        sys.exit(f"FAILED  deploy/{tool} {' '.join(map(str, arguments))} ended with {done.returncode}")
    return done.stdout.strip()


class Proxy:
    """Passes connections on to its targets in turn. While it swallows, bytes go nowhere and nobody is told; when it
    stops, connections that lost bytes are closed, as a network would do after a while."""

    def __init__(self, targets=(), port=0):
        self.targets = list(targets)
        self.swallows = False
        self.turn = 0
        self.lock = threading.Lock()
        self.connections = set()
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", port))
        self.listener.listen(256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.join, args=(client,), daemon=True).start()

    def join(self, client):
        """Connects to the first target that takes the connection, beginning with the one whose turn it is."""
        server = None
        with self.lock:
            self.turn += 1
            first, targets = self.turn, list(self.targets)
        for step in range(len(targets)):
            try:
                server = socket.create_connection(("127.0.0.1", targets[(first + step) % len(targets)]), CONNECT_TIMEOUT_S)
                break
            except OSError:
                continue
        if server is None:
            client.close()
            return
        server.settimeout(None)
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(self, client, server)
        with self.lock:
            self.connections.add(connection)
        connection.start()

    def swallow(self, swallows):
        self.swallows = swallows
        if not swallows:
            with self.lock:
                lost = [connection for connection in self.connections if connection.lost]
            for connection in lost:
                connection.close()

    def close(self):
        self.listener.close()
        with self.lock:
            connections = list(self.connections)
        for connection in connections:
            connection.close()


class Connection:
    def __init__(self, proxy, client, server):
        self.proxy, self.client, self.server = proxy, client, server
        self.lost = False
        self.open_ways = 2

    def start(self):
        for source, sink in ((self.client, self.server), (self.server, self.client)):
            threading.Thread(target=self.pump, args=(source, sink), daemon=True).start()

    def pump(self, source, sink):
        try:
            while data := source.recv(PUMP_BYTES):
                if self.proxy.swallows:
                    self.lost = True
                    continue
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            self.open_ways = 0
        with self.proxy.lock:
            self.open_ways -= 1
        if self.open_ways <= 0:
            self.close()

    def close(self):
        for end in (self.client, self.server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()
        with self.proxy.lock:
            self.proxy.connections.discard(self)


class Node:
    """One process of the server, with the roles that it has."""

    def __init__(self, cluster, name, *roles):
        self.cluster, self.name, self.roles = cluster, name, roles
        self.port, self.health_port = harness.free_port(), harness.free_port()
        self.log_path = cluster.folder / f"{name}.log"
        self.process = None

    def start(self):
        environment = {**self.cluster.environment, "ALBUMEN_LISTEN": f"127.0.0.1:{self.port}",
                       "ALBUMEN_METRICS": f"127.0.0.1:{self.health_port}"}
        roles = [word for role in self.roles for word in ("--role", role)]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([harness.find_binary(), "run", *roles], env=environment, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, start_new_session=True)

    def ask(self, path):
        """Status and body of a question about this process; (None, "") where it does not answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.health_port, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            return None, ""
        finally:
            connection.close()

    def is_ready(self):
        return self.ask("/health/ready")[0] == 200

    def figure(self, name):
        """One figure of /metrics, or None."""
        for line in self.ask("/metrics")[1].splitlines():
            key, _, value = line.rpartition(" ")
            if key == name:
                return float(value)
        return None

    def signal(self, number):
        os.kill(self.process.pid, number)

    def kill(self):
        """kill -9, with its children that work on media."""
        family = harness.descendants(self.process.pid)
        for pid in family:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()

    def stop(self):
        """As a service manager does; returns the exit status, or None where it had to be killed."""
        if self.process is None or self.process.poll() is not None:
            return self.process and self.process.returncode
        self.signal(signal.SIGTERM)
        try:
            return self.process.wait(harness.STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def log_end(self):
        return self.log_path.read_text(errors="replace")[-2000:]


class Cluster:
    """See the module's words. `counts` says how many processes there are of each role; without Kafka the parts are joined
    by PostgreSQL alone."""

    def __init__(self, counts=None, is_audited=False, is_on_kafka=True):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="albumen-cluster-"))
        # As root the server runs as a system user, who must be able to walk through.
        self.folder.chmod(0o755)
        self.data = self.folder / "data"
        self.postgres = self.folder / "postgres"
        self.kafka = self.folder / "kafka"
        self.broker_proxy = Proxy()
        self.kafka_environment = {"ALBUMEN_KAFKA_ADVERTISED": f"127.0.0.1:{self.broker_proxy.port}"}
        self.postgres_bin = None
        self.environment = {}
        self.nodes = []
        self.entrance = None
        self.counts = counts or {"api": 2, "relay": 2, "project": 2, "media": 1}
        self.is_audited = is_audited
        self.is_on_kafka = is_on_kafka

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.clean_up(keep_logs=True)
            raise
        return self

    def __exit__(self, kind, error, trace):
        failed = kind is not None and not (kind is SystemExit and error.code in (0, None))
        self.clean_up(keep_logs=failed)

    def start(self):
        self.start_services(deploy("test-postgres", "start", self.postgres))
        self.start_nodes()

    def start_services(self, url):
        shell = f". {DEPLOY}/lib.sh; ensure_postgres"
        self.postgres_bin = subprocess.run(["bash", "-c", shell], stdout=subprocess.PIPE, text=True, check=True).stdout.strip() + "/bin"
        self.environment = {"ALBUMEN_VERSION_URL": harness.NO_RELEASES, **os.environ, "ALBUMEN_DATA": str(self.data), "DATABASE_URL": url}
        if self.is_on_kafka:
            self.start_broker()
            self.environment["ALBUMEN_KAFKA"] = f"127.0.0.1:{self.broker_proxy.port}"
        status, output = self.albumen("migrate")
        if status != 0:
            sys.exit(f"FAILED  albumen migrate: {output}")
        if self.is_audited:
            self.sql("CREATE TABLE applied_audit (instance text, position bigint, PRIMARY KEY (instance, position))")

    def start_nodes(self):
        self.nodes = [Node(self, f"{role}-{number}", role) for role, count in self.counts.items() for number in range(1, count + 1)]
        for node in self.nodes:
            node.start()
            if node is self.nodes[0]:
                # The first makes the master key.
                self.await_ready([node], key_only=True)
        self.entrance = Proxy([node.port for node in self.of_role("api")])
        self.base = f"http://127.0.0.1:{self.entrance.port}"
        self.await_ready(self.nodes)

    def start_broker(self):
        deploy("kafka", "start", self.kafka, environment=self.kafka_environment)
        self.broker_proxy.targets = [int((self.kafka / "port").read_text())]

    def broker_kind(self):
        return deploy("kafka", "kind", self.kafka)

    def await_ready(self, nodes, key_only=False):
        def done(node):
            return (self.data / "keys" / "master.key").exists() if key_only else node.is_ready()
        for node in nodes:
            if not harness.wait_until(lambda node=node: done(node) or node.process.poll() is not None, READY_TIMEOUT_S, f"{node.name} to be ready") \
                    or node.process.poll() is not None:
                sys.exit(f"FAILED  {node.name} is not ready: {node.ask('/health/ready')}. Its log ends:\n{node.log_end()}")

    def of_role(self, role):
        return [node for node in self.nodes if role in node.roles]

    def albumen(self, *arguments):
        """Runs a subcommand; returns its exit status and what it printed."""
        done = subprocess.run([harness.find_binary(), *arguments], env=self.environment, capture_output=True, text=True,
                              timeout=TOOL_TIMEOUT_S, check=False)
        return done.returncode, done.stdout + done.stderr

    def status(self):
        """`albumen status --json`; None where that fails."""
        done = subprocess.run([harness.find_binary(), "status", "--json"], env=self.environment, capture_output=True, text=True,
                              timeout=TOOL_TIMEOUT_S, check=False)
        try:
            return json.loads(done.stdout)
        except ValueError:
            return None

    def sql(self, statement):
        """Rows as lists of text."""
        command = [f"{self.postgres_bin}/psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1",
                   "-h", str(self.postgres), "-U", "albumen", "-d", "postgres", "-c", statement]
        done = subprocess.run(command, capture_output=True, text=True, timeout=TOOL_TIMEOUT_S, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return [line.split("\t") for line in done.stdout.splitlines()]

    def clean_up(self, keep_logs=False):
        for node in reversed(self.nodes):
            node.stop()
        if self.entrance:
            self.entrance.close()
        self.broker_proxy.close()
        if self.is_on_kafka:
            deploy("kafka", "stop", self.kafka)
        deploy("test-postgres", "stop", self.postgres)
        if keep_logs:
            print(f"the logs: {self.folder}/*.log", flush=True)
            shutil.rmtree(self.data, ignore_errors=True)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
