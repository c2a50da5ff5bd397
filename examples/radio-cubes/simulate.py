"""Simulate one field of a small survey in the 21 cm line of neutral hydrogen.

The sky is a row of strips, each with a few galaxies.  Field I looks at strip I and
a little of its neighbours, so that adjacent fields overlap and some galaxies are
in two of them.  Galaxies depend on the seed and their strip, noise on the seed and
the field: the same arguments always give the same cube.
"""

import argparse
import csv
import math
import random

from fits import LIGHT_SPEED, REST_FREQUENCY, Coordinates, separation, write_cube
from smooth import FWHM, gaussian, smooth

CHANNELS, HEIGHT, WIDTH = 64, 48, 48
STRIP = 36  # pixels from one field to the next; the fields overlap by the rest
PIXEL = 8.0  # arcsec
BEAM_MAJOR, BEAM_MINOR = 32.0, 24.0  # arcsec; the major axis points north
CHANNEL_WIDTH = 1.0e5  # Hz, 21 km/s
CENTRE_RA, CENTRE_DEC, CENTRE_FREQUENCY = 187.5, 12.4, 1.4097e9
NOISE = 5.0e-4  # Jy/beam per channel
SOURCES = (4, 6)  # fewest and most in one strip
SNR = (8.0, 60.0)  # faintest and brightest, evenly spread in the logarithm
APART = 80.0  # arcsec, least distance between two sources
TRUTH_COLUMNS = ("name", "ra", "dec", "freq_hz", "peak", "flux_jy_hz", "width_kms", "snr", "whole")
MARGIN = 5  # pixels that sources keep from the upper and lower border


def field_cards(index):
    """Header cards that place field `index` on the sky."""
    step = STRIP * PIXEL / 3600 / math.cos(math.radians(CENTRE_DEC))
    return [
        ("OBJECT", f"FIELD-{index}", "name of the field"),
        ("BUNIT", "Jy/beam", "unit of the values"),
        ("CTYPE1", "RA---SIN", "orthographic projection"),
        ("CRVAL1", round((CENTRE_RA + index * step) % 360, 9), "right ascension at the reference"),
        ("CRPIX1", (WIDTH + 1) / 2, "pixel of the reference"),
        ("CDELT1", -PIXEL / 3600, "pixel size"),
        ("CUNIT1", "deg", ""),
        ("CTYPE2", "DEC--SIN", "orthographic projection"),
        ("CRVAL2", CENTRE_DEC, "declination at the reference"),
        ("CRPIX2", (HEIGHT + 1) / 2, "pixel of the reference"),
        ("CDELT2", PIXEL / 3600, "pixel size"),
        ("CUNIT2", "deg", ""),
        ("CTYPE3", "FREQ", "frequency, linear"),
        ("CRVAL3", CENTRE_FREQUENCY, "frequency at the reference"),
        ("CRPIX3", (CHANNELS + 1) / 2, "channel of the reference"),
        ("CDELT3", CHANNEL_WIDTH, "channel width"),
        ("CUNIT3", "Hz", ""),
        ("RADESYS", "ICRS", "frame of the sky coordinates"),
        ("SPECSYS", "BARYCENT", "frame of the frequencies"),
        ("RESTFRQ", REST_FREQUENCY, "[Hz] HI, 21 cm"),
        ("BMAJ", BEAM_MAJOR / 3600, "[deg] beam, major axis (FWHM)"),
        ("BMIN", BEAM_MINOR / 3600, "[deg] beam, minor axis (FWHM)"),
        ("BPA", 0.0, "[deg] beam, position angle"),
    ]


def field_coordinates(index):
    return Coordinates({keyword: value for keyword, value, _ in field_cards(index)})


def line_profile(source, channel):
    """A line with steep flanks and, in the wider ones, two horns: a rotating disc.

    A simple form of the busy function of Westmeier et al. 2014 (MNRAS 438, 1176).
    """
    half, offset = source["width"] / 2, channel - source["channel"]
    flanks = (1 + math.erf(half + offset)) * (1 + math.erf(half - offset)) / 4
    return flanks * (1 + source["horns"] * min(1.5, abs(offset) / half) ** 2)


def draw_source(stream, strip, number, coordinates):
    ra, dec = coordinates.to_world(
        stream.uniform((WIDTH - STRIP) / 2, (WIDTH + STRIP) / 2),
        stream.uniform(MARGIN, HEIGHT - 1 - MARGIN),
    )
    source = {
        "name": f"S{strip}-{number}",
        "ra": ra,
        "dec": dec,
        "channel": stream.uniform(10, CHANNELS - 11),
        "width": stream.uniform(3, 12),  # channels
        "horns": stream.uniform(0, 0.6),
        "size": stream.uniform(0, 20),  # arcsec FWHM, before the beam
        "snr": math.exp(stream.uniform(*map(math.log, SNR))),
    }
    source["freq_hz"] = coordinates.frequency(source["channel"])
    spectrum = [line_profile(source, channel) for channel in range(CHANNELS)]
    # S/N of the spectrum at the source's centre, filtered with its own profile.
    scale = source["snr"] * NOISE / math.sqrt(math.fsum(value**2 for value in spectrum))
    source["spectrum"] = [scale * value for value in spectrum]
    source["peak"] = max(source["spectrum"])
    major, minor = (math.hypot(beam, source["size"]) for beam in (BEAM_MAJOR, BEAM_MINOR))
    source["fwhm"] = major / PIXEL, minor / PIXEL  # pixels, as seen through the beam
    spread = major * minor / (BEAM_MAJOR * BEAM_MINOR)
    source["flux_jy_hz"] = math.fsum(source["spectrum"]) * spread * CHANNEL_WIDTH
    return source


def draw_sky(seed, last):
    """Sources of the strips up to `last`; all keep their distance from each other."""
    sky, previous = [], []
    for strip in range(last + 1):
        stream = random.Random(f"{seed}/sources/{strip}")
        coordinates, sources = field_coordinates(strip), []
        wanted = stream.randint(*SOURCES)
        while len(sources) < wanted:
            new = draw_source(stream, strip, len(sources) + 1, coordinates)
            others = sources + previous
            place = new["ra"], new["dec"]
            if all(separation(*place, old["ra"], old["dec"]) >= APART for old in others):
                sources.append(new)
        sky += sources
        previous = sources
    return sky


def draw_noise(stream):
    """Noise as an interferometer leaves it: smooth on the scale of the beam."""
    kernel_y, kernel_x = gaussian(BEAM_MAJOR / PIXEL), gaussian(BEAM_MINOR / PIXEL)
    # Draw a wider field and cut its rim off: there, smoothing lacks neighbours.
    rim_y, rim_x = len(kernel_y) - 1, len(kernel_x) - 1
    height, width = HEIGHT + 2 * rim_y, WIDTH + 2 * rim_x
    white = [stream.gauss(0.0, 1.0) for _ in range(CHANNELS * height * width)]
    wide = smooth(white, (CHANNELS, height, width), (None, kernel_y, kernel_x))
    scale = NOISE
    for half in (kernel_y, kernel_x):
        scale /= math.sqrt(half[0] ** 2 + 2 * math.fsum(weight**2 for weight in half[1:]))
    noise = []
    for row in range(CHANNELS * height):
        if rim_y <= row % height < rim_y + HEIGHT:
            start = row * width + rim_x
            noise += [scale * value for value in wide[start : start + WIDTH]]
    return noise


def add_source(cube, source, x, y):
    """Add a source centred on pixel (x, y), which may lie outside the cube."""

    def weights(centre, length, fwhm):
        return [math.exp(-0.5 * ((k - centre) * FWHM / fwhm) ** 2) for k in range(length)]

    across = weights(x, WIDTH, source["fwhm"][1])
    rows = [(row, w) for row, w in enumerate(weights(y, HEIGHT, source["fwhm"][0])) if w > 1e-4]
    for channel, value in enumerate(source["spectrum"]):
        if value < 1e-4 * source["peak"]:
            continue
        for row, weight in rows:
            start = (channel * HEIGHT + row) * WIDTH
            for column in range(WIDTH):
                cube[start + column] += value * weight * across[column]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--index", type=int, required=True, help="number of the field, from 0")
    parser.add_argument("--seed", type=int, default=1420, help="another seed, another sky")
    parser.add_argument("--out", required=True, help="the cube (FITS)")
    parser.add_argument("--truth", required=True, help="table of what was injected (CSV)")
    options = parser.parse_args()
    if not 0 <= options.index < 1000:
        parser.error("--index must be from 0 to 999")

    print(f"field {options.index}: drawing noise for {CHANNELS} channels", flush=True)
    cube = draw_noise(random.Random(f"{options.seed}/noise/{options.index}"))
    coordinates = field_coordinates(options.index)
    edge = BEAM_MAJOR / PIXEL
    table = []
    for source in draw_sky(options.seed, options.index + 1):
        x, y = coordinates.to_pixel(source["ra"], source["dec"])
        inside = min(x, WIDTH - 1 - x, y, HEIGHT - 1 - y)  # pixels from the border
        if inside > -3 * edge:
            add_source(cube, source, x, y)
        if inside > -edge:
            velocity = source["width"] * CHANNEL_WIDTH / source["freq_hz"] * LIGHT_SPEED
            table.append({
                "name": source["name"],
                "ra": f"{source['ra']:.6f}",
                "dec": f"{source['dec']:.6f}",
                "freq_hz": f"{source['freq_hz']:.0f}",
                "peak": f"{source['peak']:.6f}",
                "flux_jy_hz": f"{source['flux_jy_hz']:.1f}",
                "width_kms": f"{velocity:.1f}",
                "snr": f"{source['snr']:.2f}",
                "whole": int(inside >= edge),
            })
    history = ["Synthetic data: no telescope has seen this.",
               f"Made by simulate.py --index {options.index} --seed {options.seed}"]
    shape = CHANNELS, HEIGHT, WIDTH
    write_cube(options.out, shape, field_cards(options.index), history, cube)
    with open(options.truth, "w", newline="") as file:
        writer = csv.DictWriter(file, TRUTH_COLUMNS)
        writer.writeheader()
        writer.writerows(table)
    whole = sum(row["whole"] for row in table)
    print(f"field {options.index}: {whole} sources, {len(table) - whole} more at the border")
    print(f"wrote {options.out} and {options.truth}")


if __name__ == "__main__":
    main()
