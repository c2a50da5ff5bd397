"""Pictures with nothing but the standard library: a PNG writer and a sky map."""

import math
import struct
import zlib

ZOOM = 10  # screen pixels for one pixel of the sky
FRAME = 12  # screen pixels of margin
PAPER, INK, MARK = (34, 34, 46), (236, 236, 240), (120, 220, 255)
# From dark violet over red to pale yellow, about evenly in brightness.
COLOURS = (
    (13, 13, 20), (40, 17, 71), (89, 21, 110), (140, 41, 99), (190, 61, 74),
    (229, 92, 48), (251, 140, 12), (249, 201, 50), (252, 255, 190),
)
DIGITS = {  # 3 x 5 dots, a row an octal digit
    "0": "75557", "1": "26227", "2": "71747", "3": "71717", "4": "55711",
    "5": "74717", "6": "74757", "7": "71122", "8": "75757", "9": "75717",
}


def write_png(path, rows):
    """Write rows of (red, green, blue) bytes, each row a bytes object."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    size = struct.pack(">IIBBBBB", len(rows[0]) // 3, len(rows), 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows), 9)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        file.write(chunk(b"IHDR", size) + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))


def colour(level):
    """The colour of a brightness from 0 to 1."""
    place = min(1.0, max(0.0, level)) * (len(COLOURS) - 1)
    low = min(int(place), len(COLOURS) - 2)
    return bytes(
        round(a + (place - low) * (b - a)) for a, b in zip(COLOURS[low], COLOURS[low + 1])
    )


def enlarge(row):
    """Linear interpolation, ZOOM values for one; the ends are held."""
    held = [row[0], *row, row[-1]]
    result = []
    for k in range(len(row) * ZOOM):
        low, rest = divmod((k + 0.5) / ZOOM + 0.5, 1)
        low = int(low)
        result.append(held[low] + rest * (held[low + 1] - held[low]))
    return result


class Canvas:
    """Rows of pixels from the top, with a few things to draw."""

    def __init__(self, width, height):
        self.width, self.height = width, height
        self.rows = [bytearray(bytes(PAPER) * width) for _ in range(height)]

    def blend(self, x, y, ink, part):
        if 0 <= x < self.width and 0 <= y < self.height and part > 0:
            for k in range(3):
                old = self.rows[y][3 * x + k]
                self.rows[y][3 * x + k] = round(old + min(1.0, part) * (ink[k] - old))

    def ellipse(self, x, y, across, down, ink, filled=False):
        """An ellipse around (x, y) with these half axes, its line 1.6 pixels wide."""
        for row in range(math.floor(y - down) - 2, math.ceil(y + down) + 3):
            for column in range(math.floor(x - across) - 2, math.ceil(x + across) + 3):
                length = math.hypot((column - x) / across, (row - y) / down)
                outside = (length - 1) * min(across, down)  # pixels, about
                part = 0.5 - outside if filled else 1.3 - abs(outside)
                self.blend(column, row, ink, part)

    def number(self, x, y, text, ink, dot=2):
        for place, digit in enumerate(text):
            for row, bits in enumerate(DIGITS[digit]):
                for column in range(3):
                    if int(bits) & (4 >> column):
                        for k in range(dot * dot):
                            across = x + (4 * place + column) * dot + k % dot
                            self.blend(across, y + row * dot + k // dot, ink, 1)


def draw_map(path, image, shape, coordinates, rows):
    """The moment-0 image, north up and east left, with the sources circled."""
    _, height, width = shape
    canvas = Canvas(width * ZOOM + 2 * FRAME, height * ZOOM + 2 * FRAME)
    # A square root shows faint and bright sources in one picture.
    top = max(image) or 1.0
    wide = [enlarge(image[y * width : (y + 1) * width]) for y in range(height)]
    columns = [enlarge(column) for column in zip(*wide)]
    table = [colour(math.sqrt(k / 255)) for k in range(256)]
    for y, line in enumerate(zip(*columns)):
        pixels = b"".join(table[max(0, min(255, int(255 * value / top)))] for value in line)
        # Declination grows upwards, rows of a picture downwards.
        row = canvas.rows[FRAME + height * ZOOM - 1 - y]
        row[3 * FRAME : 3 * (FRAME + width * ZOOM)] = pixels

    def screen(x, y):
        return FRAME + (x + 0.5) * ZOOM, FRAME + (height - 0.5 - y) * ZOOM

    beam_x = coordinates.beam_minor / abs(coordinates.delta[0]) * ZOOM
    beam_y = coordinates.beam_major / abs(coordinates.delta[1]) * ZOOM
    for row in rows:
        x, y = screen(float(row["x"]), float(row["y"]))
        radius = 1.1 * beam_y
        canvas.ellipse(x, y, radius, radius, MARK)
        corner = 0.75 * radius
        canvas.number(round(x + corner) + 3, round(y - corner) - 10, str(row["id"]), MARK)
    # The beam, as radio maps show it, in the lower left corner.
    canvas.ellipse(FRAME + 30, canvas.height - FRAME - 30, beam_x / 2, beam_y / 2, INK, filled=True)
    write_png(path, canvas.rows)
