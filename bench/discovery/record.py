"""A proxy before one site of the test bed that writes down each answer, for `load replay` to give again."""

import json
import ssl
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEPT = ("content-type", "x-subject-token", "openstack-api-version", "x-openstack-nova-api-version", "location")

NOT_PASSED = ("host", "connection", "accept-encoding", "content-length")


class Recorder(ThreadingHTTPServer):
    """All components of the site below one address: /identity, /compute, /image, /network."""

    daemon_threads = True

    def __init__(self, keystone, protocol, bearer, authority, folder):
        super().__init__(("127.0.0.1", 0), Handler)
        self.protocol, self.bearer, self.folder = protocol, bearer, folder
        self.origins = {keystone.removesuffix("/v3"): "@@/identity"}
        trust = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=authority))
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect, trust)
        self.lock, self.number = threading.Lock(), 0
        folder.mkdir(parents=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self):
        return "http://127.0.0.1:%d" % self.server_address[1]

    def real(self, target):
        # Peers have to be told the protocol; Roadstead would find it. All pretend to have the same.
        target = target.replace("/protocols/openid/", f"/protocols/{self.protocol}/")
        for origin, name in self.origins.items():
            path = name.removeprefix("@@")
            if target == path or target.startswith((path + "/", path + "?")):
                return origin + target.removeprefix(path)
        return None

    def learn(self, body):
        """Where the other components are."""
        try:
            catalogue = json.loads(body)["token"]["catalog"]
        except (ValueError, KeyError, TypeError):
            return
        for entry in catalogue:
            for endpoint in entry["endpoints"]:
                origin = "/".join(endpoint["url"].split("/")[:3])
                if not any(known.startswith(origin) for known in self.origins):
                    self.origins[origin] = "@@/" + entry["type"]

    def write(self, request, status, headers, body):
        with self.lock:
            self.number += 1
            head = "\n".join([str(status) + " Recorded", *(f"{name}: {value}" for name, value in headers)])
            (self.folder / f"{self.number:03}").write_text(f"{request}\n{head}\n\n{body}")


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        recorder = self.server
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
        headers = {name: value for name, value in self.headers.items() if name.lower() not in NOT_PASSED}
        if self.path.endswith("/auth") and self.command == "POST":
            headers["Authorization"] = "Bearer " + recorder.bearer
        real = recorder.real(self.path)
        if real is None:
            return self.send(404, [], "")
        request = urllib.request.Request(real, data, headers, method=self.command)
        try:
            answer = recorder.opener.open(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            body = answer.read().decode()
            recorder.learn(body)
            kept = [(name, value) for name, value in answer.headers.items() if name.lower() in KEPT]
        for origin, name in recorder.origins.items():
            body = body.replace(origin, name)
            kept = [(header, value.replace(origin, name)) for header, value in kept]
        recorder.write(f"{self.command} {self.path}", answer.status, kept, body)
        return self.send(answer.status, kept, body)

    do_GET = do_POST = answer

    def send(self, status, headers, body):
        body = body.replace("@@", self.server.address).encode()
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value.replace("@@", self.server.address))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass
