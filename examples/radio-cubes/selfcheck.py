"""Does the example work?  python3 selfcheck.py (about 15 seconds)

The chain runs step by step from the request files, each step in an empty directory
with nothing but its declared inputs, so that a forgotten input is found here.
"""

import csv
import glob
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

try:
    import tomllib
except ImportError:  # Python before 3.11
    tomllib = None

HERE = os.path.dirname(os.path.abspath(__file__))


def run(folder, *command):
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)


def script(folder, name, *arguments):
    return run(folder, sys.executable, os.path.join(HERE, name), *arguments)


def read_csv(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


class Chain(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.root = temporary.name
        cls.home = os.path.join(cls.root, "by-hand")
        cls.result = run(cls.root, "sh", os.path.join(HERE, "run-by-hand.sh"), cls.home)

    def path(self, name):
        return os.path.join(self.home, name)

    def broken_cube(self, change):
        """The finder's answer to cube 0 after `change` of its bytes."""
        with open(self.path("cube-0.fits"), "rb") as file:
            data = change(file.read())
        with open(self.path("broken.fits"), "wb") as file:
            file.write(data)
        return script(self.home, "find_sources.py", "broken.fits", "--out", "broken.csv")

    def check(self, catalogue):
        truth = sorted(glob.glob(self.path("truth-[0-9].csv")))
        return script(
            self.home, "check.py", "--catalogue", catalogue, "--truth", *truth, "--out", "again.json"
        )

    def write_catalogue(self, rows):
        with open(self.path("changed.csv"), "w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return "changed.csv"

    def test_all_injected_sources_are_found_and_no_other(self):
        self.assertEqual(self.result.returncode, 0, self.result.stdout + self.result.stderr)
        with open(self.path("report.json")) as file:
            report = json.load(file)
        self.assertEqual((report["completeness"], report["reliability"]), (1.0, 1.0))
        self.assertGreaterEqual(report["injected"], 12)
        self.assertLess(report["position_error_arcsec"]["rms"], 4)  # half a pixel
        self.assertTrue(0.8 < report["flux_ratio"]["median"] < 1.2, report["flux_ratio"])

    def test_merged_catalogue_is_sorted_numbered_and_without_twins(self):
        merged = read_csv(self.path("catalogue.csv"))
        single = [row for k in range(3) for row in read_csv(self.path(f"catalogue-{k}.csv"))]
        self.assertLess(len(merged), len(single))  # the fields overlap
        self.assertEqual([row["id"] for row in merged], [str(k + 1) for k in range(len(merged))])
        ratios = [float(row["snr"]) for row in merged]
        self.assertEqual(ratios, sorted(ratios, reverse=True))

    def test_same_arguments_give_the_same_bytes_and_another_seed_does_not(self):
        cubes = []
        for seed in ("1420", "1420", "7"):
            script(self.home, "simulate.py", "--index", "0", "--seed", seed,
                   "--out", "again.fits", "--truth", "again.csv")
            with open(self.path("again.fits"), "rb") as file:
                cubes.append(file.read())
        with open(self.path("cube-0.fits"), "rb") as file:
            self.assertEqual(file.read(), cubes[0])
        self.assertEqual(cubes[0], cubes[1])
        self.assertNotEqual(cubes[0], cubes[2])
        self.assertEqual(len(cubes[0]) % 2880, 0)

    def test_map_is_a_sound_png(self):
        with open(self.path("moment0-1.png"), "rb") as file:
            data = file.read()
        self.assertEqual(data[:8], b"\x89PNG\r\n\x1a\n")
        place, chunks = 8, {}
        while place < len(data):
            length, kind = struct.unpack(">I4s", data[place : place + 8])
            body = data[place + 8 : place + 8 + length]
            (checksum,) = struct.unpack(">I", data[place + 8 + length : place + 12 + length])
            self.assertEqual(zlib.crc32(kind + body), checksum)
            chunks[kind] = body
            place += 12 + length
        width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
        self.assertEqual(len(zlib.decompress(chunks[b"IDAT"])), height * (3 * width + 1))
        self.assertIn(b"IEND", chunks)

    def test_broken_cubes_are_refused_with_the_reason(self):
        def without(keyword):
            return lambda data: data.replace(keyword.ljust(8).encode() + b"=", b"COMMENT  ", 1)

        def swap(old, new):
            return lambda data: data.replace(old, new, 1)

        cases = {
            "truncated: the header promises 589824 bytes of data, 587024 are there":
                lambda data: data[: 2880 + 587024],
            "the header has no END card (file ends in header block 1)": lambda data: data[:2000],
            "it does not begin with a SIMPLE card": lambda data: b"not a cube" + data,
            "missing card CRVAL1": without("CRVAL1"),
            "missing card NAXIS3": without("NAXIS3"),
            "missing card BMAJ": without("BMAJ"),
            "missing card RESTFRQ": without("RESTFRQ"),
            "BITPIX is 16; only -32": swap(b"                 -32", b"                  16"),
            "CTYPE1 is 'RA---TAN'": swap(b"RA---SIN", b"RA---TAN"),
            "card CRVAL2: '12.4x' is not a value": swap(b"                12.4", b"               12.4x"),
            "BUNIT is 'K'": swap(b"Jy/beam ", b"K       "),
            "voxels are more than this example holds":
                swap(b"NAXIS3  =                   64", b"NAXIS3  =               640000"),
            "there is no noise": lambda data: data[:2880] + bytes(len(data) - 2880),
        }
        for message, change in cases.items():
            with self.subTest(message):
                result = self.broken_cube(change)
                self.assertEqual(result.returncode, 2, result.stderr)
                self.assertIn(message, result.stderr)
                self.assertNotIn("Traceback", result.stderr)
                self.assertFalse(os.path.exists(self.path("broken.csv")))

    def test_check_fails_when_a_source_is_missing(self):
        rows = read_csv(self.path("catalogue.csv"))
        result = self.check(self.write_catalogue(rows[1:]))  # without the brightest
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("missed S", result.stdout)

    def test_check_fails_when_a_source_was_never_injected(self):
        rows = read_csv(self.path("catalogue.csv"))
        false = {**rows[0], "id": "99", "dec": str(float(rows[0]["dec"]) + 1)}
        result = self.check(self.write_catalogue([*rows, false]))
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("false detection: catalogue row 99", result.stdout)

    def test_bad_tables_are_refused(self):
        with open(self.path("bad.csv"), "w") as file:
            file.write("id,ra\n1,2\n")
        result = self.check("bad.csv")
        self.assertEqual(result.returncode, 2)
        self.assertIn("bad.csv: missing columns dec, flux_jy_hz, freq_hz", result.stderr)
        result = script(self.home, "merge.py", "bad.csv", "--out", "worse.csv")
        self.assertEqual(result.returncode, 2)
        self.assertIn("bad.csv: missing columns dec, edge, field", result.stderr)

    @unittest.skipUnless(tomllib, "needs Python 3.11 to read the request files")
    def test_request_files_declare_all_that_the_steps_need(self):
        done = {}  # (run, element) -> directory
        for name in ("simulate", "find", "merge"):
            with open(os.path.join(HERE, f"{name}.toml"), "rb") as file:
                request = tomllib.load(file)
            for index in range(request.get("array", {"count": 1})["count"]):
                def fill(text, index=index):
                    return text.replace("{index}", str(index))

                folder = os.path.join(self.root, f"{name}-{index}")
                os.mkdir(folder)
                done[name, str(index)] = folder
                for item in request["inputs"]:
                    kind, source = fill(item["from"]).split(":", 1)
                    if kind == "run":
                        before, element, path = source.split("/", 2)
                        self.assertIn(before, request["after"])
                        source = os.path.join(done[before, element], path)
                    shutil.copy(os.path.join(HERE, source), os.path.join(folder, fill(item["to"])))
                result = run(folder, *map(fill, request["command"]))
                self.assertEqual(result.returncode, 0, f"{name} {index}: {result.stderr}")
                for output in request["outputs"]:
                    self.assertTrue(glob.glob(os.path.join(folder, fill(output["path"]))), output)


if __name__ == "__main__":
    unittest.main()
