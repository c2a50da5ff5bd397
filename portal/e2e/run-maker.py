"""What a run of the tests leaves behind: a file of each kind that the portal looks into, and some that mean harm."""

import gzip
import json
import math
import struct
import sys
import zlib
from pathlib import Path


def fits():
    columns, rows, planes = 160, 120, 4

    def header(*cards):
        text = "".join(card.ljust(80) for card in (*cards, "END"))
        return text.ljust(-(-len(text) // 2880) * 2880).encode()

    def card(key, value, comment=""):
        return f"{key:8}= {value:>20} / {comment}"

    def value(plane, x, y):
        sky = 100 + ((x * 7919 + y * 104729 + plane * 31) % 97) / 10
        return sky + 900 * math.exp(-((x - 40 - 20 * plane) ** 2 + (y - 60) ** 2) / 60)

    cube = b"".join(
        struct.pack(">f", value(plane, x, y)) for plane in range(planes) for y in range(rows) for x in range(columns)
    )
    first = header(card("SIMPLE", "T"), card("BITPIX", "8"), card("NAXIS", "0"), "COMMENT <script>alert(1)</script>")
    image = header(
        card("XTENSION", "'IMAGE   '"),
        card("BITPIX", "-32"),
        card("NAXIS", "3"),
        card("NAXIS1", columns),
        card("NAXIS2", rows),
        card("NAXIS3", planes),
        card("PCOUNT", "0"),
        card("GCOUNT", "1"),
        card("EXTNAME", "'SCI     '"),
        card("BUNIT", "'mJy/beam'", "a unit"),
    )
    rows = b"".join(
        struct.pack(">12sdfiB", f"J{number:04}".encode(), number / 7, math.nan if number == 2 else number * 1.5, -number, 84)
        for number in range(300)
    )
    table = header(
        card("XTENSION", "'BINTABLE'"),
        card("BITPIX", "8"),
        card("NAXIS", "2"),
        card("NAXIS1", "29"),
        card("NAXIS2", "300"),
        card("PCOUNT", "0"),
        card("GCOUNT", "1"),
        card("TFIELDS", "5"),
        card("TTYPE1", "'NAME    '"),
        card("TFORM1", "'12A     '"),
        card("TTYPE2", "'RA      '"),
        card("TFORM2", "'D       '"),
        card("TUNIT2", "'deg     '"),
        card("TTYPE3", "'FLUX    '"),
        card("TFORM3", "'E       '"),
        card("TTYPE4", "'<script>'"),
        card("TFORM4", "'J       '"),
        card("TTYPE5", "'SEEN    '"),
        card("TFORM5", "'L       '"),
        card("EXTNAME", "'SOURCES '"),
    )
    packed = header(
        card("XTENSION", "'BINTABLE'"),
        card("BITPIX", "8"),
        card("NAXIS", "2"),
        card("NAXIS1", "8"),
        card("NAXIS2", "0"),
        card("PCOUNT", "0"),
        card("GCOUNT", "1"),
        card("TFIELDS", "1"),
        card("TFORM1", "'1PB(0)  '"),
        card("ZIMAGE", "T"),
        card("ZCMPTYPE", "'PLIO_1  '"),
        card("ZBITPIX", "16"),
        card("ZNAXIS", "2"),
        card("ZNAXIS1", "2048"),
        card("ZNAXIS2", "1024"),
        card("EXTNAME", "'PACKED  '"),
    )
    tiles = [gzip.compress(struct.pack(">80h", *(int(value(0, x, y)) for x in range(80)))) for y in range(60)]
    begins = [sum(map(len, tiles[:y])) for y in range(60)]
    heap = b"".join(tiles)
    squeezed = header(
        card("XTENSION", "'BINTABLE'"),
        card("BITPIX", "8"),
        card("NAXIS", "2"),
        card("NAXIS1", "8"),
        card("NAXIS2", "60"),
        card("PCOUNT", len(heap)),
        card("GCOUNT", "1"),
        card("TFIELDS", "1"),
        card("TTYPE1", "'COMPRESSED_DATA'"),
        card("TFORM1", "'1PB     '"),
        card("ZIMAGE", "T"),
        card("ZCMPTYPE", "'GZIP_1  '"),
        card("ZBITPIX", "16"),
        card("ZNAXIS", "2"),
        card("ZNAXIS1", "80"),
        card("ZNAXIS2", "60"),
        card("EXTNAME", "'SQUEEZED'"),
    )
    squeezed += b"".join(struct.pack(">ii", len(tile), begin) for tile, begin in zip(tiles, begins)) + heap
    squeezed = squeezed.ljust(-(-len(squeezed) // 2880) * 2880, b"\0")
    return first + image + cube.ljust(-(-len(cube) // 2880) * 2880, b"\0") + table + rows.ljust(-(-len(rows) // 2880) * 2880, b"\0") + packed + squeezed


def png(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"".join(bytes((x * 255 // width, y * 255 // height, 140)) for x in range(width)) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def good():
    Path("cube.fits").write_bytes(fits())
    Path("plots").mkdir()
    Path("plots/flux.png").write_bytes(png(320, 200))
    with open("sources.csv", "w") as table:
        table.write("name,ra,dec,flux,note\n")
        for number in range(20000):
            table.write(f'J{number:05},{number / 100:.4f},-{number / 300:.4f},{number % 977 / 7:.3f},"seen, twice"\n')
    Path("result.json").write_text(
        json.dumps({"target": "M31", "flux": [1.5, 2.25], "big": 12345678901234567890, "nested": {"deep": {"er": [None, True]}}})
    )
    Path("notes.txt").write_text("".join(f"line {number} of the notes\n" for number in range(5000)))


def hostile():
    Path("page.html").write_text("<script>window.harmed = true</script><img src=x onerror='window.harmed = true'>")
    Path("drawing.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" onload="window.harmed = true"><script>window.harmed = true</script></svg>')
    Path("fake.png").write_text("<svg onload='window.harmed = true'>")
    Path("bomb.png").write_bytes(png(8, 8)[:16] + struct.pack(">II", 60000, 60000) + png(8, 8)[24:])
    Path("broken.json").write_text('{"a": [1, 2')
    Path("broken.fits").write_bytes(b"SIMPLE  =                    T".ljust(80) + b"x" * 2800)
    Path("<img src=x onerror=window.harmed=true>.txt").write_text("harmless\n")
    Path("reversed.txt").write_text("\u202ereversed\u2066\u200bhidden\n")
    Path(("long" * 60) + ".txt").write_text("a long name\n")
    Path("cells.csv").write_text('<img src=x onerror=window.harmed=true>,=cmd()\n"\u202eabc",2\n')


def log():
    print("\x1b[1;32mgreen and bold\x1b[0m plain \x1b[31mred\x1b[0m")
    print("<script>window.harmed = true</script>")
    print("hidden \u202e reversed \u200b zero \x07 bell \x1b]0;title\x07 end")
    for percent in range(0, 101, 5):
        print(f"\rprogress {percent} %", end="")
    print()
    print("long " + "x" * 20_000)
    sys.stdout.flush()
    sys.stdout.buffer.write(b"not text: \xff\xfe\n")
    print("ValueError: this looks like an error", file=sys.stderr)


for part in sys.argv[1:]:
    {"good": good, "hostile": hostile, "log": log}[part]()
