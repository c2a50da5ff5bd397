"""The OpenStack sites of testbed/openstack, shared with the tests: found, or started, and kept while they are used."""

import fcntl
import json
import subprocess
import urllib.request
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
STATE = ROOT / "target/openstack"


class Bed:
    def __init__(self, told):
        self.told = told
        self.issuer, self.authority = told["issuers"]["egi"]["issuer"], told["authority"]

    @property
    def sites(self):
        return self.told["sites"]

    def door(self, name, **fields):
        """Opens a door for tests of the issuer that the sites trust: see testbed/oidc/README.md."""
        url = f"http://127.0.0.1:{self.told['issuers']['egi']['doors']}/test/{name}"
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps(fields).encode())) as answer:
            return json.load(answer)

    def bearer(self, site, user="alice"):
        """What the site lets its user in by."""
        audience = site["audience"]
        return self.door("token", user=user, **({"aud": audience} if audience else {}))["access_token"]


@contextmanager
def shared():
    STATE.parent.mkdir(exist_ok=True)
    with open(f"{STATE}.users", "w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        subprocess.run([ROOT / "testbed/openstack/share", "start", STATE], check=True)
        yield Bed(json.loads((STATE / "federation.json").read_text()))
