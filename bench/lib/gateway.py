"""A gateway under measurement: the release program, in a home of its own that goes away with it."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return chosen.getsockname()[1]


class Gateway:
    """`with Gateway() as gateway:` starts it and waits until it is ready; `ready_after` says how long that took."""

    def __init__(self, home=None):
        self.program = os.environ.get("ROADSTEAD") or str(Path(__file__).parents[2] / "target/release/roadstead")
        self.keeps_home = home is not None
        self.home = Path(home or new_home())
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.token_file = self.home / "data/token"
        self.options = []

    def configure(self, configuration):
        """Before it is started."""
        (self.home / "gateway.toml").write_text(configuration)
        self.options = ["--config", self.home / "gateway.toml"]

    def __enter__(self):
        (self.home / "runtime").mkdir(mode=0o700, exist_ok=True)
        self.log = open(self.home / "serve.log", "ab")
        command = [self.program, "--data-dir", self.home / "data", "serve", "--listen", self.address, *self.options]
        begun = time.perf_counter()
        self.process = subprocess.Popen(command, env=self.environment(), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        while not self.is_ready():
            if self.process.poll() is not None or time.perf_counter() - begun > 30:
                self.__exit__(RuntimeError)
                raise SystemExit(f"The gateway did not become ready.\n{self.said}")
            time.sleep(0.001)
        self.ready_after = time.perf_counter() - begun
        return self

    def environment(self):
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_DATA_HOME": str(self.home / "share"),
            "XDG_RUNTIME_DIR": str(self.home / "runtime"),
            "ROADSTEAD_LOG": os.environ.get("ROADSTEAD_LOG", "error"),
        }

    def command(self, *arguments):
        """Types a command there, as whoever runs it; back comes its process."""
        command = [self.program, "--gateway", f"http://{self.address}", *arguments]
        return subprocess.Popen(
            command, env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def administrate(self, *arguments):
        process = self.command("--token-file", self.token_file, "admin", *arguments)
        said, _ = process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"admin {arguments}: {said}")

    def sign_in(self, approve):
        """By device: `approve(CODE)` is somebody at the login service. Their token."""
        process = self.command("login")
        said = ""
        for line in process.stdout:
            said += line
            if line.startswith("and type the code "):
                approve(line.split()[-1])
        if process.wait() != 0:
            raise RuntimeError(f"login: {said}")
        (kept,) = (self.home / "config/roadstead/sign-ins").iterdir()
        return json.loads(kept.read_text())["token"]

    def __exit__(self, kind=None, *_):
        if self.process.poll() is None:
            if kind is not None:
                self.cancel_everything()
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        self.said = (self.home / "serve.log").read_text(errors="replace")[-3000:]
        if kind not in (None, KeyboardInterrupt):
            print(self.said)
        if not self.keeps_home:
            shutil.rmtree(self.home, ignore_errors=True)

    def cancel_everything(self):
        """Pilots outlive their gateway by hours: of a measurement that broke off nothing may be left."""
        try:
            client = Client(self)
            active = client.json("/api/v1/runs?active=true&limit=1000")["items"]
            for run in active:
                client.ask("POST", f"/api/v1/runs/{run['id']}/cancel")
            for run in active:
                client.wait_for(run["id"], 30)
        except (OSError, RuntimeError, http.client.HTTPException) as error:
            print(f"What was under way could not be cancelled: {error}")

    def is_ready(self):
        try:
            return Client(self, timeout=5, token="").get("/readyz").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def memory(self):
        """Resident memory in MB (10^6 bytes)."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024 / 1e6
        raise RuntimeError("no VmRSS")

    def processor_seconds(self, with_children=False):
        """Used so far by the gateway; with the pilots that have ended, and what those started, when asked."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return sum(int(field) for field in fields[11 : 15 if with_children else 13]) / TICKS


def new_home():
    """On a disk, as data directories are, and not below /tmp: isolated commands see one of their own there, in which the
    way to their work directory would have to be made anew for each."""
    return tempfile.mkdtemp(prefix="roadstead-bench-", dir="/var/tmp")


class Client:
    """One keep-alive connection."""

    def __init__(self, gateway, timeout=60, token=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=timeout)
        token = gateway.token_file.read_text().strip() if token is None else token
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, method, path, body=None):
        headers = dict(self.headers)
        if body is not None:
            body = json.dumps(body)
            headers["Content-Type"] = "application/json"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        answer.body = answer.read()
        return answer

    def get(self, path):
        return self.ask("GET", path)

    def json(self, path):
        answer = self.get(path)
        if answer.status != 200:
            raise RuntimeError(f"GET {path}: {answer.status} {answer.body[:500]}")
        return json.loads(answer.body)

    def start_run(self, **request):
        answer = self.ask("POST", "/api/v1/runs", request)
        if answer.status != 201:
            raise RuntimeError(f"POST /api/v1/runs: {answer.status} {answer.body[:500]}")
        return json.loads(answer.body)

    def wait_for(self, run, limit=120):
        """The run, once it has ended and everything of it was released."""
        until = time.monotonic() + limit
        while time.monotonic() < until:
            now = self.json(f"/api/v1/runs/{run}")
            if now["state"] == "ended":
                return now
            time.sleep(0.02)
        raise RuntimeError(f"run {run} did not end in {limit} s: {json.dumps(now)[:1000]}")
