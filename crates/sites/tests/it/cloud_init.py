"""What cloud-init makes of user data: its own modules read, merge and check what comes as {name: text} on standard input."""

import json
import os
import subprocess
import sys
import tempfile

from cloudinit import handlers, helpers, user_data, util
from cloudinit.handlers.cloud_config import CloudConfigPartHandler
from cloudinit.handlers.shell_script import ShellScriptPartHandler
from cloudinit.settings import PER_INSTANCE


class Instance:
    def get_instance_id(self):
        return "i"


checked = {}


def check(text, directory):
    if text in checked:
        return checked[text]
    path = os.path.join(directory, "checked")
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    done = subprocess.run(["cloud-init", "schema", "--config-file", path], capture_output=True, text=True)
    checked[text] = [done.returncode, done.stdout + done.stderr]
    return checked[text]


def told(text, directory):
    paths = helpers.Paths({"cloud_dir": directory, "run_dir": directory}, ds=Instance())
    os.makedirs(os.path.join(directory, "instances", "i"))
    scripts = os.path.join(directory, "scripts")
    of_config = CloudConfigPartHandler(paths)
    of_scripts = ShellScriptPartHandler(paths, script_path="scripts")
    of_scripts.script_dir = scripts
    known = {kind: handler for handler in (of_config, of_scripts) for kind in handler.list_types()}
    message = user_data.UserDataProcessor(paths).process(text.encode())
    parts = []

    def each(data, name, payload, headers):
        parts.append([headers["Content-Type"], name, payload])
        handlers.walker_callback(data, name, payload, headers)

    data = {"handlers": known, "data": None, "frequency": PER_INSTANCE, "handlercount": 0, "excluded": [], "handlerdir": directory}
    for handler in (of_config, of_scripts):
        handlers.call_begin(handler, None, PER_INSTANCE)
    handlers.walk(message, each, data)
    for handler in (of_config, of_scripts):
        handlers.call_end(handler, None, PER_INSTANCE)

    with open(paths.get_ipath("cloud_config"), encoding="utf-8") as file:
        merged = file.read()
    config = util.load_yaml(merged)
    texts = [payload for kind, _, payload in parts if kind == "text/cloud-config"]
    # One alone is only written anew.
    texts += [merged] if len(texts) > 1 else []
    return {
        "parts": parts,
        "merged": config,
        "checks": [check(text, directory) for text in texts],
        "commands": util.shellify(config.get("runcmd", [])),
        # As they are run: by name, the commands among them.
        "scripts": sorted([*(os.listdir(scripts) if os.path.isdir(scripts) else []), "runcmd"]),
    }


answers = {}
for name, text in json.load(sys.stdin).items():
    with tempfile.TemporaryDirectory() as directory:
        answers[name] = told(text, directory)
with tempfile.TemporaryDirectory() as directory:
    answers["a mistake"] = check("#cloud-config\nruncmd: 3\n", directory)
json.dump(answers, sys.stdout)
