"""packed-maker.py > packed.json: compressed FITS images as astropy writes them, and what it reads from them.

With astropy 6 or later; the tests need only what it made."""

import base64
import gzip
import io
import json
import sys

import numpy
from astropy.io import fits

random = numpy.random.default_rng(3)
rows, columns = numpy.mgrid[:9, :14]
sky = 100 + random.normal(0, 5, (9, 14)) + 4000 * numpy.exp(-((columns - 5) ** 2 + (rows - 4) ** 2) / 8)
real = sky.astype("f4")
real[2, 3] = numpy.nan
zeros = sky.astype("f4")
zeros[5] = 0
IMAGES = {
    "integers": (sky.astype("i2"), {"compression_type": "RICE_1"}),
    "bytes": ((sky / 20).clip(0, 255).astype("u1"), {"compression_type": "RICE_1"}),
    "without a sign, in tiles": (sky.astype("u2"), {"compression_type": "RICE_1", "tile_shape": (4, 5)}),
    "what does not compress": (random.integers(-(2**31), 2**31 - 1, (9, 14), dtype="i4"), {"compression_type": "RICE_1"}),
    "dithered, with a hole": (real, {"compression_type": "RICE_1", "quantize_method": 1, "dither_seed": 77}),
    "dithered, with zeros": (zeros, {"compression_type": "RICE_1", "quantize_method": 2}),
    "not dithered, shuffled": (real, {"compression_type": "GZIP_2", "quantize_method": -1}),
    "without loss": (real, {"compression_type": "GZIP_1", "quantize_level": 0.0}),
    "a cube": (numpy.stack([sky, sky + 50]).astype("i4"), {"compression_type": "GZIP_1"}),
}
made = {}
for name, (image, options) in IMAGES.items():
    file = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(image, **options)]).writeto(file)
    data = numpy.asarray(fits.open(io.BytesIO(file.getvalue()))[1].data, dtype="f8")
    last = data if data.ndim == 2 else data[-1]
    made[name] = {
        "file": base64.b64encode(gzip.compress(file.getvalue(), 9, mtime=0)).decode(),
        "plane": [None if numpy.isnan(value) else float(value) for value in last.ravel()],
    }
json.dump(made, sys.stdout, separators=(",", ":"))
sys.stdout.write("\n")
