"""A gateway with a federation, and somebody of the test bed who signed in there."""

import http.client
import json
import time

from lib.gateway import Client, Gateway, new_home

COMMUNITY = "vo.access.egi.eu"
MAPPING = f"""
[[rules]]
issuer = "any"
claim = "entitlements"
group = {{ exactly = "urn:mace:egi.eu:group:{COMMUNITY}" }}
role = {{ exactly = "vm_operator" }}
gives = {{ member_of = "{COMMUNITY}" }}
"""


def configuration(home, bed, sites):
    """`sites`: of each its name, url, region, project and addresses."""
    (home / "secret").write_text("gateway-secret\n")
    (home / "mapping.toml").write_text(MAPPING)
    hosts = [address.split("://")[-1] for site in sites for address in site["addresses"]]
    text = f"""
[[issuers]]
name = "checkin"
title = "Check-in"
url = "{bed.issuer}"
client_id = "gateway"
client_secret_file = "{home}/secret"
audiences = ["https://gateway.example"]
scopes = ["profile", "email", "offline_access", "eduperson_entitlement"]
exchange = true
authority_file = "{bed.authority}"
[machines]
settle = "2s"
[federation]
allowed_hosts = {json.dumps(hosts)}
public_ranges = ["203.0.113.0/24"]
deadline = "60s"
"""
    for site in sites:
        entitlement = f"urn:mace:egi.eu:group:{COMMUNITY}:role=vm_operator#aai.egi.eu"
        text += f"""
[[sites]]
name = "{site["name"]}"
auth_url = "{site["url"]}"
region = "{site["region"]}"
issuers = ["{bed.issuer}"]
communities = [{{ name = "{COMMUNITY}", entitlement = "{entitlement}", project_id = "{site["project"]}" }}]
"""
    return text


class Gate(Gateway):
    """`with Gate(bed, sites) as gate:`; `client` asks as alice."""

    def __init__(self, bed, sites):
        super().__init__(new_home())
        self.keeps_home, self.token = False, None
        self.bed, self.active = bed, []
        self.configure(configuration(self.home, bed, sites))

    def __enter__(self):
        super().__enter__()
        try:
            self.administrate("mapping", "set", self.home / "mapping.toml")
            self.token = self.sign_in(lambda code: self.bed.door("approve", user_code=code, user="alice"))
        except BaseException:
            self.__exit__(RuntimeError)
            raise
        return self

    @property
    def client(self):
        """Another connection: the gateway ends those that are idle while the peer has its turn."""
        return Client(self, token=self.token)

    def cancel_everything(self):
        """Nothing of a measurement that broke off is left at the sites."""
        for run in list(self.active):
            self.end(run)

    def until_offered(self, request):
        """Every site was looked at, and has been signed in at."""
        until = time.monotonic() + 120
        while time.monotonic() < until:
            answer = self.client.ask("POST", "/api/v1/plans", request)
            plan = json.loads(answer.body)
            if plan.get("offers") and b"not looked " not in answer.body:
                return plan
            time.sleep(0.1)
        raise RuntimeError(f"no offer: {json.dumps(plan)[:2000]}")

    def begin(self, request):
        run = self.client.start_run(**request)["id"]
        self.active.append(run)
        return run

    def follow(self, run):
        """What happens to it, as it happens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        connection.request("GET", f"/api/v1/runs/{run}/events", headers=self.client.headers)
        answer = connection.getresponse()
        try:
            while line := answer.readline():
                if line.startswith(b"data:"):
                    yield json.loads(line[5:])
        finally:
            connection.close()

    def end(self, run):
        self.client.ask("POST", f"/api/v1/runs/{run}/cancel")
        self.until_ended(run)

    def until_ended(self, run):
        ended = self.client.wait_for(run, 180)
        self.active.remove(run)
        return ended
