"""What EGI's own client lists, of sizes alone: fedcloud.py DEADLINE_SECONDS KEYSTONE...

It has a command for each list, and starts `openstack` for each site, at most thirty at once. It knows its sites from files,
which say the project too: so they are written here before the clock starts.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

COMMUNITY = "vo.access.egi.eu"


def project(keystone):
    """As its operator would have published it."""
    login = urllib.request.Request(
        keystone + "/OS-FEDERATION/identity_providers/egi.eu/protocols/openid/auth",
        data=b"",
        headers={"Authorization": "Bearer a-bearer"},
    )
    with urllib.request.urlopen(login) as answer:
        token = answer.headers["X-Subject-Token"]
    asked = urllib.request.Request(keystone + "/auth/projects", headers={"X-Auth-Token": token})
    with urllib.request.urlopen(asked) as answer:
        return json.load(answer)["projects"][0]["id"]


def write_sites(home, keystones):
    folder = home / ".config/fedcloud/site-config"
    folder.mkdir(parents=True)
    for number, keystone in enumerate(keystones):
        site = {
            "gocdb": f"SITE-{number}",
            "endpoint": keystone,
            "protocol": "openid",
            "vos": [{"name": COMMUNITY, "auth": {"project_id": project(keystone)}}],
        }
        # JSON is YAML.
        (folder / f"{number}.yaml").write_text(json.dumps(site))


def main():
    keystones = sys.argv[2:]
    programs = Path(sys.executable).parent
    with tempfile.TemporaryDirectory() as home:
        write_sites(Path(home), keystones)
        environment = {"HOME": home, "PATH": f"{programs}:{os.environ['PATH']}", "FEDCLOUD_OIDC_ACCESS_TOKEN": "a-bearer"}
        command = ["openstack", "--site", "ALL_SITES", "--vo", COMMUNITY, "--json-output", "flavor", "list"]
        begun = time.monotonic()
        done = subprocess.run([programs / "fedcloud", *command], env=environment, check=True, stdout=subprocess.PIPE, text=True)
        wall = (time.monotonic() - begun) * 1e3
    sites = json.loads(done.stdout)
    failed = [site for site in sites if site["Error code"] != 0]
    assert len(sites) == len(keystones) and not failed, failed
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = (spent.ru_utime + spent.ru_stime) * 1e3
    sizes = sum(len(site["Result"]) for site in sites)
    # Of the largest of its processes, of which there are as many as sites.
    print(json.dumps({"wall_ms": wall, "processor_ms": processor, "peak_kb": spent.ru_maxrss, "sizes": sizes}))


main()
