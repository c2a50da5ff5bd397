#!/usr/bin/env python3
"""Checks research objects with roc-validator: validate.py [--recommended] [--profile NAME] CRATE_DIR_OR_ZIP...

Profile: Process Run Crate 0.5 on RO-Crate 1.1 unless another is named; all that is REQUIRED. With --recommended also what is RECOMMENDED,
except what a run cannot truthfully say (see UNKNOWABLE). Prints a line for each crate and each fault; exits 1 when
there is a fault. Uses no network: the JSON-LD context comes out of the `rocrate` package, anything else a crate
points to counts as unreachable.
"""

import argparse
import re
import sys
from importlib.resources import files

import requests

CONTEXT = "https://w3id.org/ro/crate/1.1/context"

# Recommendations that a run cannot follow, by the validator's words.
UNKNOWABLE = {
    "The Application SHOULD have a url": "a command line does not say where its program comes from",
    "The SoftwareApplication SHOULD have a version or softwareVersion": "nor which version it is",
    "The SoftwareApplication id SHOULD be an absolute URI": "nor its address",
    "The author SHOULD have an organizational affiliation.": "people need not tell a gateway whom they work for",
    "The author SHOULD have a Contextual Entity which specifies the organizational `affiliation`.": "the same",
    "The `publisher` property of a `Root Data Entity` SHOULD be an `Organization`": "nobody has published it yet",
}
# Nor can anyone see without a network whether what is on it is there.
UNREACHABLE = re.compile(r"Web-based Data Entity \S+ is not available$")


def serve_context(_adapter, request, **_options):
    if request.url != CONTEXT:
        raise requests.ConnectionError(f"validation is offline: {request.url}", request=request)
    response = requests.Response()
    response.status_code = 200
    response.url = request.url
    response.request = request
    response.headers["Content-Type"] = "application/ld+json"
    response._content = files("rocrate").joinpath("data/ro-crate.jsonld").read_bytes()
    return response


requests.adapters.HTTPAdapter.send = serve_context

from rocrate_validator import services  # noqa: E402  (it must see the adapter above)
from rocrate_validator.models import Severity  # noqa: E402


def faults(crate, profile, severity):
    result = services.validate(
        services.ValidationSettings(
            rocrate_uri=crate,
            profile_identifier=profile,
            requirement_severity=severity,
            abort_on_first=False,
            no_cache=True,
        )
    )
    for issue in result.get_issues(severity):
        message = (issue.message or "").strip()
        excused = message in UNKNOWABLE or UNREACHABLE.match(message)
        if excused and issue.severity < Severity.REQUIRED:
            continue
        where = issue.violatingEntity or "the crate"
        yield f"{issue.severity.name} [{issue.check.identifier}] {where}: {message}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--recommended", action="store_true")
    arguments.add_argument("--profile", default="process-run-crate-0.5")
    arguments.add_argument("crates", nargs="+", metavar="CRATE_DIR_OR_ZIP")
    arguments = arguments.parse_args()
    level = Severity.RECOMMENDED if arguments.recommended else Severity.REQUIRED
    failed = False
    for crate in arguments.crates:
        found = sorted(set(faults(crate, arguments.profile, level)))
        print(f"{crate}: {len(found)} faults" if found else f"{crate}: valid ({level.name})")
        for fault in found:
            print(f"  {fault}")
        failed = failed or bool(found)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
