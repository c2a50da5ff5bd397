"""Radio data cubes in FITS, and where their pixels lie on the sky.

Reads and writes the one flavour of FITS this example needs (FITS standard 4.0):
a primary array of 32-bit floating point numbers with the axes right ascension,
declination and frequency, in the orthographic ("SIN") projection that radio
interferometers use.  Standard library only; with astropy at hand, use astropy.
"""

import math
import os
import re
import sys
from array import array

BLOCK = 2880  # FITS files consist of blocks of this many bytes
CARD = 80  # and headers of lines ("cards") of this many characters
MAX_HEADER_BLOCKS = 1000
MAX_VOXELS = 20_000_000  # the cube is held in memory: refuse what would not fit
REST_FREQUENCY = 1.420405752e9  # Hz, the 21 cm line of neutral hydrogen
LIGHT_SPEED = 299792.458  # km/s
# Cards that turn or slant the image unless they have these values.
PLAIN = {"CROTA1": 0, "CROTA2": 0, "LONPOLE": 180, "PV2_1": 0, "PV2_2": 0}


class FitsError(Exception):
    """The file is not a cube that this module can read; the text says why."""


def format_card(keyword, value, comment=""):
    """One header card in fixed format."""
    if isinstance(value, bool):
        text = f"{'T' if value else 'F':>20}"
    elif isinstance(value, int):
        text = f"{value:>20}"
    elif isinstance(value, float):
        text = f"{repr(value).upper():>20}"
    else:
        quoted = value.replace("'", "''")
        text = f"'{quoted:<8}'".ljust(20)
    line = f"{keyword:<8}= {text}" + (f" / {comment}" if comment else "")
    if len(line) > CARD:
        raise ValueError(f"card {keyword} is longer than {CARD} characters")
    return line.ljust(CARD)


def write_cube(path, shape, cards, history, values):
    """Write `values` (flat, frequency slowest, right ascension fastest)."""
    channels, height, width = shape
    mandatory = [
        ("SIMPLE", True, "conforms to the FITS standard"),
        ("BITPIX", -32, "32-bit IEEE floating point"),
        ("NAXIS", 3, "number of axes"),
        ("NAXIS1", width, "pixels in right ascension"),
        ("NAXIS2", height, "pixels in declination"),
        ("NAXIS3", channels, "channels"),
    ]
    lines = [format_card(*card) for card in mandatory + cards]
    lines += [f"HISTORY {text}"[:CARD].ljust(CARD) for text in history]
    lines.append("END".ljust(CARD))
    header = "".join(lines).encode("ascii")
    data = array("f", values)
    if len(data) != channels * height * width:
        raise ValueError("the number of values does not match the shape")
    if sys.byteorder == "little":
        data.byteswap()  # FITS is big-endian
    with open(path, "wb") as file:
        file.write(header.ljust(-(-len(header) // BLOCK) * BLOCK, b" "))
        file.write(data.tobytes())
        file.write(bytes(-file.tell() % BLOCK))


def parse_value(keyword, text):
    """The value of a card: str, bool, int or float."""
    text = text.strip()
    if text.startswith("'"):
        match = re.match(r"'((?:[^']|'')*)'", text)
        if not match:
            raise FitsError(f"card {keyword}: the string has no closing quote")
        return match.group(1).replace("''", "'").rstrip()
    text = text.split("/")[0].strip()
    if text in ("T", "F"):
        return text == "T"
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text.upper().replace("D", "E"))
    except ValueError:
        raise FitsError(f"card {keyword}: {text!r} is not a value") from None


def read_header(file):
    """Cards up to END as a dictionary; leaves `file` at the start of the data."""
    header = {}
    for number in range(1, MAX_HEADER_BLOCKS + 1):
        block = file.read(BLOCK)
        if number == 1 and not block.startswith(b"SIMPLE  ="):
            raise FitsError("not a FITS file: it does not begin with a SIMPLE card")
        if len(block) < BLOCK:
            raise FitsError(f"the header has no END card (file ends in header block {number})")
        for start in range(0, BLOCK, CARD):
            card = block[start : start + CARD].decode("ascii", "replace")
            keyword = card[:8].rstrip()
            if keyword == "END":
                return header
            if card[8:10] == "= ":
                header[keyword] = parse_value(keyword, card[10:])
    raise FitsError(f"the header has no END card in {MAX_HEADER_BLOCKS} blocks")


def require(header, keyword, kind):
    """The value of a card that must be there; kind is int, float or str."""
    if keyword not in header:
        raise FitsError(f"missing card {keyword}")
    value = header[keyword]
    allowed = (int, float) if kind is float else kind
    if isinstance(value, bool) or not isinstance(value, allowed):
        raise FitsError(f"card {keyword} is {value!r}, not of type {kind.__name__}")
    if kind is float and not math.isfinite(value):
        raise FitsError(f"card {keyword} is not a finite number")
    return kind(value)


def read_cube(path):
    """Returns (header, shape, values); values is a flat array, frequency slowest."""
    with open(path, "rb") as file:
        header = read_header(file)
        if header.get("SIMPLE") is not True:
            raise FitsError("SIMPLE is not T: the file does not conform to FITS")
        bitpix = require(header, "BITPIX", int)
        if bitpix != -32:
            raise FitsError(f"BITPIX is {bitpix}; only -32 (32-bit floating point) is read here")
        naxis = require(header, "NAXIS", int)
        if not 3 <= naxis <= 9:
            raise FitsError(f"NAXIS is {naxis}; a cube has 3 axes")
        lengths = [require(header, f"NAXIS{axis}", int) for axis in range(1, naxis + 1)]
        if min(lengths) < 1:
            raise FitsError(f"axis lengths are {lengths}; each must be at least 1")
        # A fourth, polarisation axis of length 1 is common and changes nothing.
        if any(length != 1 for length in lengths[3:]):
            raise FitsError(f"axis lengths are {lengths}; axes after the third must be 1")
        count = math.prod(lengths)
        if count > MAX_VOXELS:
            raise FitsError(f"{count} voxels are more than this example holds in memory")
        if header.get("BSCALE", 1) != 1 or header.get("BZERO", 0) != 0:
            raise FitsError("scaled data (BSCALE, BZERO) are not read here")
        present = os.fstat(file.fileno()).st_size - file.tell()
        if present < 4 * count:
            raise FitsError(
                f"truncated: the header promises {4 * count} bytes of data, {max(present, 0)} are there"
            )
        values = array("f")
        values.fromfile(file, count)
    if sys.byteorder == "little":
        values.byteswap()
    return header, (lengths[2], lengths[1], lengths[0]), values


class Coordinates:
    """Pixels to sky and back.  Pixels count from 0 here, from 1 in the header."""

    def __init__(self, header):
        for axis, ctype in ((1, "RA---SIN"), (2, "DEC--SIN"), (3, "FREQ")):
            found = require(header, f"CTYPE{axis}", str)
            if found != ctype:
                raise FitsError(f"CTYPE{axis} is {found!r}; only {ctype!r} is read here")
            unit = header.get(f"CUNIT{axis}", "Hz" if axis == 3 else "deg")
            if unit != ("Hz" if axis == 3 else "deg"):
                raise FitsError(f"CUNIT{axis} is {unit!r}; only deg, deg, Hz are read here")
        axes = (1, 2, 3)
        self.value = [require(header, f"CRVAL{axis}", float) for axis in axes]
        self.pixel = [require(header, f"CRPIX{axis}", float) - 1 for axis in axes]
        self.delta = [require(header, f"CDELT{axis}", float) for axis in axes]
        if 0 in self.delta:
            raise FitsError("a CDELT card is 0: pixels without a size")
        for keyword, value in header.items():
            turned = re.fullmatch(r"(PC|CD)0*(\d)_0*(\d)", keyword)
            plain = int(turned[2] == turned[3]) if turned else PLAIN.get(keyword, value)
            if value != plain:
                raise FitsError(f"card {keyword}: rotated or slanted images are not read here")
        self.rest = require(header, "RESTFRQ", float)
        self.beam_major = require(header, "BMAJ", float)
        self.beam_minor = require(header, "BMIN", float)
        if min(self.rest, self.beam_major, self.beam_minor) <= 0:
            raise FitsError("RESTFRQ, BMAJ and BMIN must be positive")

    @property
    def beam_pixels(self):
        """Area under the beam in pixels: turns sums of Jy/beam into Jy."""
        area = math.pi * self.beam_major * self.beam_minor / (4 * math.log(2))
        return area / abs(self.delta[0] * self.delta[1])

    def to_world(self, x, y):
        """Right ascension and declination in degrees of a (fractional) pixel."""
        l = math.radians((x - self.pixel[0]) * self.delta[0])
        m = math.radians((y - self.pixel[1]) * self.delta[1])
        if l * l + m * m >= 1:
            raise FitsError(f"pixel ({x:.1f}, {y:.1f}) lies beyond the horizon of the projection")
        n = math.sqrt(1 - l * l - m * m)
        dec0 = math.radians(self.value[1])
        dec = math.asin(m * math.cos(dec0) + n * math.sin(dec0))
        ra = math.atan2(l, n * math.cos(dec0) - m * math.sin(dec0))
        return (self.value[0] + math.degrees(ra)) % 360, math.degrees(dec)

    def to_pixel(self, ra, dec):
        """The (fractional) pixel of a direction near the centre of the field."""
        turn = math.radians(ra - self.value[0])
        dec, dec0 = math.radians(dec), math.radians(self.value[1])
        l = math.cos(dec) * math.sin(turn)
        m = math.sin(dec) * math.cos(dec0) - math.cos(dec) * math.sin(dec0) * math.cos(turn)
        return (
            math.degrees(l) / self.delta[0] + self.pixel[0],
            math.degrees(m) / self.delta[1] + self.pixel[1],
        )

    def frequency(self, channel):
        """Frequency in Hz of a (fractional) channel."""
        return self.value[2] + (channel - self.pixel[2]) * self.delta[2]


def separation(ra1, dec1, ra2, dec2):
    """Angle between two directions in arcseconds (inputs in degrees)."""
    dec1, dec2, turn = math.radians(dec1), math.radians(dec2), math.radians(ra2 - ra1)
    # The haversine form keeps its precision at small angles.
    h = math.sin((dec2 - dec1) / 2) ** 2
    h += math.cos(dec1) * math.cos(dec2) * math.sin(turn / 2) ** 2
    return math.degrees(2 * math.asin(math.sqrt(h))) * 3600
