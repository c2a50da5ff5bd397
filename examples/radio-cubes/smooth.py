"""Smoothing of cubes held as flat lists, one axis after the other.

A cube of shape (channels, height, width) is one flat list, width fastest.  Along
the slowest axis, neighbours are one fixed stride apart, so that smoothing is a
few whole-list operations.  Turning the axes round (z,y,x -> y,x,z) brings each
axis into that place once, and after three turns the cube is back as it was.
"""

import math

FWHM = math.sqrt(8 * math.log(2))  # full width at half maximum of a Gaussian, in sigma


def gaussian(fwhm):
    """Half of a symmetric Gaussian kernel: weights at offsets 0, 1, 2, ... pixels."""
    sigma = fwhm / FWHM
    half = [math.exp(-0.5 * (k / sigma) ** 2) for k in range(math.ceil(3 * sigma) + 1)]
    total = half[0] + 2 * math.fsum(half[1:])
    return [weight / total for weight in half]


def boxcar(width):
    """Half of a box of odd `width`."""
    return [1 / width] * (width // 2 + 1)


def smooth_slowest(values, stride, half):
    """Convolve along the slowest axis; outside the cube there is nothing (zero)."""
    reach = (len(half) - 1) * stride
    padded = [0.0] * reach + values + [0.0] * reach
    result = [half[0] * value for value in values]
    for offset, weight in enumerate(half[1:], 1):
        below = padded[reach - offset * stride : len(padded) - reach - offset * stride]
        above = padded[reach + offset * stride :]
        result = [r + weight * (a + b) for r, a, b in zip(result, below, above)]
    return result


def smooth(values, shape, kernels):
    """Convolve with one half kernel per axis; None leaves an axis as it is."""
    for length, half in zip(shape, kernels):
        stride = len(values) // length
        if half is not None:
            values = smooth_slowest(values, stride, half)
        values = [value for start in range(stride) for value in values[start::stride]]
    return values
