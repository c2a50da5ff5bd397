"""Find galaxies in a cube of the 21 cm line and measure them.

Smooth and clip, the way SoFiA does it (Serra et al. 2015, MNRAS 448, 1922):
smooth the cube to several angular and spectral resolutions, and in each keep what
stands out of the noise; link neighbouring voxels to objects, but part what has two
clear peaks; measure each object in the cube as it was.  Exit code 2 says that the cube cannot be read.
"""

import argparse
import csv
import math
import os
import statistics
import sys
import time

from fits import LIGHT_SPEED, Coordinates, FitsError, read_cube, require
from image import draw_map
from smooth import boxcar, gaussian, smooth

BEAM_SCALES = (0, 1)  # FWHM of the smoothing in beams
CHANNEL_SCALES = (1, 3, 7, 15)  # width of the smoothing in channels
CLIP = 4.0  # in units of the noise: voxels from here up belong to objects,
DETECT = 5.5  # objects that nowhere reach this are noise
SPLIT, RATIO = 3.0, 1.3  # two peaks this far above their saddle are two objects
CLIP_MAP = 2.0  # the map shows voxels from here up
MIN_PIXELS, MIN_CHANNELS = 6, 2  # an object that is smaller is noise or interference
COLUMNS = (
    "id", "field", "ra", "dec", "freq_hz", "velocity_kms", "x", "y", "channel", "snr", "peak",
    "flux_jy_hz", "flux_error", "w20_kms", "w50_kms", "voxels", "edge",
)


def measure_noise(values):
    """Standard deviation of the noise, from the median: sources do not disturb it."""
    # A fifth of the voxels is plenty; what is exactly 0 is blank, not noise.
    sample = [abs(value) for value in values[::5] if value != 0]
    return 1.4826 * statistics.median(sample) if sample else 0.0


def clip_scales(cube, shape, beam_x, beam_y):
    """Voxels that stand out at some resolution: {flat position: best S/N}."""
    best = {}
    for beams in BEAM_SCALES:
        kernels = (gaussian(beams * beam_y), gaussian(beams * beam_x)) if beams else (None, None)
        spatial = smooth(cube, shape, (None, *kernels))
        for channels in CHANNEL_SCALES:
            half = boxcar(channels) if channels > 1 else None
            smoothed = smooth(spatial, shape, (half, None, None)) if half else spatial
            noise = measure_noise(smoothed)
            if noise == 0:
                continue
            limit = CLIP * noise
            found = [(k, value / noise) for k, value in enumerate(smoothed) if value > limit]
            for position, snr in found:
                if snr > best.get(position, 0):
                    best[position] = snr
            print(
                f"smoothed by {beams} beams, {channels:2} channels: "
                f"noise {1e3 * noise:.4f} mJy/beam, {len(found):5} voxels above {CLIP} sigma",
                flush=True,
            )
    return best


def link_voxels(best, shape):
    """Objects: lists of (z, y, x, S/N) that hang together, as a flood would see them.

    Voxels surface from the highest S/N down.  One without neighbours above the water
    is a new peak; one that touches two objects joins them, unless both rise SPLIT
    and the factor RATIO above this saddle: then they are two galaxies, and stay apart.
    """
    _, height, width = shape
    steps = [(z, y, x) for z in (-1, 0, 1) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    objects, owner = {}, {}  # peak number -> members, voxel -> peak number
    for position, snr in sorted(best.items(), key=lambda item: (-item[1], item[0])):
        row, x = divmod(position, width)
        z, y = divmod(row, height)
        around = {owner.get((z + dz, y + dy, x + dx)) for dz, dy, dx in steps} - {None}
        touched = sorted(around, key=lambda peak: -objects[peak][0][3])
        if not touched:
            objects[position] = [(z, y, x, snr)]
            owner[z, y, x] = position
            continue
        highest = touched[0]
        for peak in touched[1:]:
            rise = objects[peak][0][3]
            if rise < snr + SPLIT or rise < snr * RATIO:
                for member in objects[peak]:
                    owner[member[:3]] = highest
                objects[highest] += objects.pop(peak)
        objects[highest].append((z, y, x, snr))
        owner[z, y, x] = highest
    return list(objects.values())  # each begins with its peak, the highest first


def reject(members, shape):
    """Why this object is not a detection, or None."""
    _, y, x, snr = members[0]
    if snr < DETECT:
        return f"its best S/N {snr:.1f} is below {DETECT}"
    pixels = len({(y, x) for _, y, x, _ in members})
    channels = len({z for z, _, _, _ in members})
    if pixels < MIN_PIXELS or channels < MIN_CHANNELS:
        return f"{pixels} pixels in {channels} channels are too small"
    # Its centre lies outside: the neighbouring field sees it better.
    if x in (0, shape[2] - 1) or y in (0, shape[1] - 1):
        return "its brightest voxel lies on the border of the field"
    return None


def line_width(spectrum, fraction):
    """Channels between the outermost crossings of `fraction` of the peak."""
    limit = fraction * max(spectrum)
    if limit <= 0:
        return 0.0
    above = [k for k, value in enumerate(spectrum) if value >= limit]
    first, last = above[0], above[-1]
    padded = [0.0, *spectrum, 0.0]  # channel k is at k + 1

    def overshoot(inner, outer):
        """Where, between 0 and 1 channel outside `inner`, the limit is crossed."""
        return (padded[inner] - limit) / (padded[inner] - padded[outer])

    return last - first + overshoot(first + 1, first) + overshoot(last + 1, last + 2)


def measure(members, taken, cube, shape, coordinates, noise):
    """A row of the catalogue; `taken` are the voxels of all detections."""
    channels, height, width = shape

    def value(z, y, x):
        return cube[(z * height + y) * width + x]

    # Negative voxels are noise and weigh (next to) nothing.
    bright = [(z, y, x, max(1e-9 * noise, value(z, y, x))) for z, y, x, _ in members]
    total = math.fsum(weight for *_, weight in bright)
    z, y, x = (math.fsum(v[axis] * v[3] for v in bright) / total for axis in range(3))
    ra, dec = coordinates.to_world(x, y)
    frequency = coordinates.frequency(z)

    # Flux: the object's pixels and those within one beam of its centre, over its
    # channels and two more, faint or bright, so that the wings below the clip count
    # and the noise cancels; but nothing of its neighbours.
    reach_x = coordinates.beam_minor / abs(coordinates.delta[0])
    reach_y = coordinates.beam_major / abs(coordinates.delta[1])
    own = {voxel[:3] for voxel in members}
    others = taken - own
    footprint = {(vy, vx) for _, vy, vx in own} | {
        (vy, vx)
        for vy in range(max(0, math.ceil(y - reach_y)), min(height, math.ceil(y + reach_y)))
        for vx in range(max(0, math.ceil(x - reach_x)), min(width, math.ceil(x + reach_x)))
        if math.hypot((vy - y) / reach_y, (vx - x) / reach_x) <= 1
    }
    first = max(0, min(vz for vz, _, _ in own) - 2)
    last = min(channels - 1, max(vz for vz, _, _ in own) + 2)
    spectrum = [
        math.fsum(value(vz, vy, vx) for vy, vx in footprint if (vz, vy, vx) not in others)
        for vz in range(first, last + 1)
    ]
    beam, step = coordinates.beam_pixels, abs(coordinates.delta[2])
    error = noise * math.sqrt(len(footprint) * len(spectrum) * beam) * step / beam
    to_velocity = step / frequency * LIGHT_SPEED
    near = [vy in (0, height - 1) or vx in (0, width - 1) for _, vy, vx, _ in members]
    return {
        "ra": f"{ra:.6f}",
        "dec": f"{dec:.6f}",
        "freq_hz": f"{frequency:.0f}",
        "velocity_kms": f"{LIGHT_SPEED * (coordinates.rest / frequency - 1):.1f}",
        "x": f"{x:.2f}",
        "y": f"{y:.2f}",
        "channel": f"{z:.2f}",
        "snr": f"{members[0][3]:.2f}",
        "peak": f"{max(weight for *_, weight in bright):.6f}",
        "flux_jy_hz": f"{math.fsum(spectrum) * step / beam:.1f}",
        "flux_error": f"{error:.1f}",
        "w20_kms": f"{line_width(spectrum, 0.2) * to_velocity:.1f}",
        "w50_kms": f"{line_width(spectrum, 0.5) * to_velocity:.1f}",
        "voxels": len(members),
        "edge": int(any(near)),
    }


def moment0(cube, shape, coordinates, beam_x, beam_y):
    """Brightness summed over frequency (Jy/beam Hz), of voxels where there is a signal.

    All channels would add up more noise than line.  So only voxels count that stand
    out a little (CLIP_MAP) in the smoothed cube: sources in full, of the noise a grain.
    """
    kernels = boxcar(3), gaussian(beam_y), gaussian(beam_x)
    smoothed = smooth(cube, shape, kernels)
    limit = CLIP_MAP * measure_noise(smoothed)
    clipped = [value if guide > limit else 0.0 for value, guide in zip(cube, smoothed)]
    area, step = shape[1] * shape[2], abs(coordinates.delta[2])
    return [step * math.fsum(clipped[pixel::area]) for pixel in range(area)]


def find(path):
    """Reads and searches a cube; returns (shape, coordinates, rows, moment-0 image)."""
    header, shape, values = read_cube(path)
    coordinates = Coordinates(header)
    if require(header, "BUNIT", str).upper() != "JY/BEAM":
        raise FitsError(f"BUNIT is {header['BUNIT']!r}; fluxes need Jy/beam")
    cube = [value if math.isfinite(value) else 0.0 for value in values]
    blank = sum(not math.isfinite(value) for value in values)
    if blank:
        print(f"{path}: {blank} blank voxels are left out", file=sys.stderr)
    noise = measure_noise(cube)
    if noise == 0:
        raise FitsError("the cube is empty: there is no noise to compare with")
    field = str(header.get("OBJECT", os.path.basename(path)))
    print(f"{path}: {field}, {shape[2]} x {shape[1]} pixels, {shape[0]} channels", flush=True)

    # The beam's axes are taken as along the pixels' axes: BPA 0, as in this survey.
    if header.get("BPA", 0) != 0:
        print(f"{path}: BPA is not 0; smoothing does not follow the beam", file=sys.stderr)
    beam_x = coordinates.beam_minor / abs(coordinates.delta[0])
    beam_y = coordinates.beam_major / abs(coordinates.delta[1])
    best = clip_scales(cube, shape, beam_x, beam_y)
    linked = link_voxels(best, shape)
    objects = []
    for members in linked:
        reason = reject(members, shape)
        if reason is None:
            objects.append(members)
        elif members[0][3] >= DETECT:
            z, y, x, _ = members[0]
            print(f"{path}: rejected near pixel ({x}, {y}), channel {z}: {reason}", file=sys.stderr)
    print(f"{len(linked)} objects above {CLIP} sigma, {len(objects)} of them detections")
    taken = {voxel[:3] for members in objects for voxel in members}
    rows = [
        {"field": field, **measure(members, taken, cube, shape, coordinates, noise)}
        for members in objects
    ]
    rows.sort(key=lambda row: -float(row["snr"]))
    rows = [{"id": number, **row} for number, row in enumerate(rows, 1)]
    return shape, coordinates, rows, moment0(cube, shape, coordinates, beam_x, beam_y)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cube", help="FITS file with axes RA, Dec, frequency")
    parser.add_argument("--out", required=True, help="catalogue (CSV)")
    parser.add_argument("--plot", help="moment-0 image with the sources marked (PNG)")
    options = parser.parse_args()
    start = time.process_time()
    try:
        shape, coordinates, rows, image = find(options.cube)
    except (FitsError, OSError) as error:
        print(f"{options.cube}: {error}", file=sys.stderr)
        return 2
    with open(options.out, "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    if options.plot:
        draw_map(options.plot, image, shape, coordinates, rows)
    for row in rows:
        print(
            f"{row['id']:3}  RA {row['ra']}  Dec {row['dec']}  {row['velocity_kms']} km/s"
            f"  S/N {row['snr']}{'  (cut by the border)' if row['edge'] else ''}"
        )
    print(f"{len(rows)} sources -> {options.out}")
    print(f"{time.process_time() - start:.1f} s of processor time", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
