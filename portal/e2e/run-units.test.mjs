import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { load } from './run-modules.mjs';

const bytesOf = (text) => new TextEncoder().encode(text);

/** All bytes, of which the test may take some away. */
function whole(bytes) {
  return {
    size: bytes.length,
    view: (from, to) => bytes.subarray(from, to),
    bytes: (from, to) => bytes.subarray(from, to),
  };
}

/** Deterministic, so that a failure can be seen again. */
function random(seed) {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state % below;
  };
}

function writeLog(seed) {
  const next = random(seed);
  const lengths = [0, 1, 40, 80, 5000, 16383, 16384, 16385, 40000, 100000];
  let text = '';
  while (text.length < 400_000) text += 'x'.repeat(lengths[next(lengths.length)]) + (next(9) === 0 ? '' : '\n');
  return bytesOf(text);
}

describe('lines', () => {
  let lines;
  before(async () => {
    lines = await load('log/lines.ts');
  });

  test('are the same forwards and backwards, whatever their length', () => {
    for (let seed = 1; seed < 8; seed++) {
      const bytes = writeLog(seed);
      const source = whole(bytes);
      const starts = [];
      for (let at = 0; at < bytes.length; at = lines.endOf(source, at)) starts.push(at);
      assert.ok(starts.length > 20);
      starts.push(bytes.length);
      for (let i = 0; i + 1 < starts.length; i++) {
        const [start, end] = [starts[i], starts[i + 1]];
        assert.ok(end - start < 2 * lines.BLOCK, 'a piece is shorter than two blocks');
        assert.equal(bytes.subarray(start, end - 1).indexOf(10), -1, 'a newline ends a piece');
        for (const inside of [start, Math.floor((start + end) / 2), end - 1]) {
          assert.equal(lines.startOf(source, inside), start, `seed ${seed}, offset ${inside}`);
        }
        assert.equal(lines.continues(source, start), start > 0 && bytes[start - 1] !== 10);
      }
    }
  });

  test('say that they do not know when bytes are missing', () => {
    const missing = { size: 100_000, view: () => undefined };
    assert.equal(lines.endOf(missing, 0), undefined);
    assert.equal(lines.startOf(missing, 50_000), undefined);
    assert.equal(lines.continues(missing, 5), false);
  });
});

describe('text of a log', () => {
  let spansOf, rowsOf;
  before(async () => {
    ({ spansOf } = await load('log/text.ts'));
    ({ rowsOf } = await load('log/rows.ts'));
  });
  const say = (text, everything = false) => spansOf(bytesOf(text), everything);
  const texts = (spans) => spans.map((span) => span.text).join('');

  test('follows colours and drops the rest of a terminal', () => {
    assert.deepEqual(say('a\u001b[1;31mb\u001b[0mc\n'), [
      { text: 'a', look: '' },
      { text: 'b', look: 'red bold' },
      { text: 'c', look: '' },
    ]);
    assert.equal(say('\u001b[38;5;196mx')[0].look, 'red');
    assert.equal(say('\u001b[38;2;0;0;255mx')[0].look, 'blue');
    assert.equal(say('\u001b[37;41mx')[0].look, 'red inverse', 'the ground is what is meant');
    assert.equal(say('\u001b[8mhidden')[0].look, '', 'nothing is concealed');
    assert.equal(texts(say('50%\u001b[K')), '50%');
    const title = say('\u001b]0;owned\u0007after');
    assert.deepEqual([title[0].look, title[1].text], ['mark', 'after']);
    assert.equal(texts(say('\u001b')), '⟨ESC⟩');
  });

  test('shows what hides', () => {
    const marks = (text) =>
      say(text)
        .filter((span) => span.mark)
        .map((span) => span.mark);
    assert.deepEqual(marks('a\u202eb\u200bc\u0000d\u009be\u{e0041}'), [
      'U+202E',
      'U+200B',
      'U+0000',
      'U+009B',
      'U+E0041',
    ]);
    const invalid = spansOf(new Uint8Array([0x61, 0xff, 0x62]), false);
    assert.deepEqual(
      invalid.map((span) => span.mark ?? span.text),
      ['a', 'not UTF-8', 'b'],
    );
    assert.equal(texts(say('<script>alert(1)</script>')), '<script>alert(1)</script>');
    assert.equal(texts(say('<b>\r\n')), '<b>', 'a carriage return before the newline is none');
    assert.equal(texts(say('10%\r20%\r30%')), '↺ 30%');
    assert.equal(texts(say('10%\r20%', true)), '10%⟨CR⟩20%');
  });

  test('wraps at columns', () => {
    const widths = (text, columns) => rowsOf(say(text), columns).map((row) => texts(row));
    assert.deepEqual(widths('abcdef', 4), ['abcd', 'ef']);
    assert.deepEqual(widths('', 4), ['']);
    assert.deepEqual(widths('a\tb', 20), ['a       b']);
    assert.deepEqual(widths('日本語', 4), ['日本', '語']);
    assert.equal(widths(`e${'\u0301'.repeat(500)}`, 4)[0].length, 5, 'accents do not pile up');
    assert.equal(widths('x'.repeat(100_000), Number.POSITIVE_INFINITY).length, 1);
  });
});

describe('the reader of a log', () => {
  let Reader;
  before(async () => {
    ({ Reader } = await load('log/reader.ts'));
  });
  const numbered = (count) => bytesOf(Array.from({ length: count }, (_, i) => `line ${i}\n`).join(''));
  const texts = (reader) => reader.rows().map((row) => row.spans.map((span) => span.text).join(''));

  test('goes by rows, stops at both ends, and sticks to the end only there', () => {
    let bytes = numbered(1000);
    const source = {
      ...whole(bytes),
      view: (from, to) => bytes.subarray(from, to),
      bytes: (from, to) => bytes.subarray(from, to),
    };
    const reader = new Reader(source);
    reader.resize(80, 10);
    assert.equal(texts(reader)[0], 'line 0');
    reader.scroll(-5);
    assert.ok(reader.isAtStart);
    reader.scroll(2.5);
    assert.deepEqual([texts(reader)[0], reader.part], ['line 2', 0.5]);
    reader.scroll(-1);
    assert.deepEqual([texts(reader)[0], reader.part], ['line 1', 0.5]);
    assert.equal(reader.sticks, false);
    reader.goToEnd();
    assert.deepEqual([texts(reader).at(-1), texts(reader).length, reader.sticks], ['line 999', 10, true]);
    const more = bytesOf('line 1000\n');
    bytes = bytesOf(new TextDecoder().decode(bytes) + new TextDecoder().decode(more));
    source.size = bytes.length;
    reader.settle();
    assert.equal(texts(reader).at(-1), 'line 1000', 'it follows');
    reader.scroll(-3);
    const there = texts(reader)[0];
    bytes = bytesOf(`${new TextDecoder().decode(bytes)}line 1001\n`);
    source.size = bytes.length;
    reader.settle();
    assert.equal(texts(reader)[0], there, 'it stays where its reader went');
    reader.scroll(1e6);
    assert.deepEqual([texts(reader).at(-1), reader.sticks], ['line 1001', true]);
    reader.goTo(bytes.indexOf(10, 4000) + 3, 2);
    assert.match(texts(reader)[2], /^line \d+$/);
    assert.equal(reader.sticks, false);
  });

  test('shows a line that is still being written as it grows', () => {
    let bytes = bytesOf('');
    const source = {
      size: 0,
      view: (from, to) => bytes.subarray(from, to),
      bytes: (from, to) => bytes.subarray(from, to),
    };
    const reader = new Reader(source);
    reader.resize(80, 10);
    reader.goToEnd();
    for (const text of ['fir', 'first\nsec', 'first\nsecond\n']) {
      bytes = bytesOf(text);
      source.size = bytes.length;
      reader.settle();
      assert.deepEqual(texts(reader), text.trimEnd().split('\n'));
    }
  });

  test('waits for bytes, and shows a long line in parts', () => {
    const bytes = bytesOf(`${'y'.repeat(10_000)}\nend\n`);
    let here = false;
    const source = {
      size: bytes.length,
      view: (from, to) => (here ? bytes.subarray(from, to) : undefined),
      bytes: (from, to) => (here ? bytes.subarray(from, to) : new Uint8Array()),
    };
    const reader = new Reader(source);
    reader.resize(100, 200);
    reader.goToEnd();
    assert.deepEqual([reader.rows(), reader.isPending], [[], true]);
    here = true;
    reader.settle();
    const rows = reader.rows();
    assert.deepEqual([rows.length, rows[40].cut], [42, 10_001 - 4096]);
    reader.open(0);
    reader.settle();
    assert.equal(reader.rows().length, 101);
    assert.equal(
      reader.rows().some((row) => row.cut),
      false,
    );
  });
});

describe('tables', () => {
  test('are read piece by piece, with quotes, unequal lines and limits', async () => {
    const { CsvReader, separatorOf } = await load('outputs/formats/csv.ts');
    const read = (text, separator = ',', piece = 3) => {
      const reader = new CsvReader(separator);
      for (let at = 0; at < text.length; at += piece) reader.push(text.slice(at, at + piece));
      reader.end();
      return reader.rows;
    };
    assert.deepEqual(read('a,b\r\n"x,""y""\nz",2\n'), [
      ['a', 'b'],
      ['x,"y"\nz', '2'],
    ]);
    assert.deepEqual(read('a,,c\n\nlast'), [['a', '', 'c'], [''], ['last']]);
    assert.deepEqual(read('1\t"2"\n', '\t'), [['1', '2']]);
    assert.equal(read('x'.repeat(5000))[0][0].length, 2001);
    assert.equal(read(','.repeat(9000))[0].length, 500);
    assert.deepEqual(
      ['a;b;c\n1,5;2', 'a\tb', 'a,b'].map((text) => separatorOf('x.csv', text)),
      [';', '\t', ','],
    );
  });
});

describe('JSON', () => {
  let json;
  before(async () => {
    json = await load('outputs/formats/json.ts');
  });

  test('is a tree that is read where it is opened', () => {
    const text = ' {"a": [1, -2.50, 12345678901234567890], "a": {"x\\"}": "]"}, "t": true, "e": []} ';
    const root = json.rootOf(text);
    const { items, next } = json.childrenOf(text, root, 100);
    assert.deepEqual([items.map((child) => child.key), next], [['a', 'a', 't', 'e'], undefined]);
    const numbers = json.childrenOf(text, items[0].node, 2);
    assert.deepEqual(numbers.next?.index, 2);
    const more = json.childrenOf(text, items[0].node, 2, numbers.next);
    assert.equal(text.slice(more.items[0].node.from, more.items[0].node.to), '12345678901234567890', 'all its digits');
    assert.deepEqual(json.childrenOf(text, items[1].node, 9).items[0].key, 'x"}');
    assert.deepEqual(json.childrenOf(text, items[3].node, 9), { items: [], next: undefined });
    const deep = '['.repeat(1e6) + ']'.repeat(1e6);
    assert.equal(json.childrenOf(deep, json.rootOf(deep), 5).items.length, 1);
  });

  test('that is broken says where', () => {
    for (const text of ['', '{', '[1 2]', '{"a" 1}', '[1,]', 'nul', '"open', '[1]x', '{1:2}', '[1}']) {
      assert.throws(
        () => {
          const root = json.rootOf(text);
          json.childrenOf(text, root, 100);
        },
        (error) => typeof error.at === 'number',
        text,
      );
    }
  });
});

describe('FITS', () => {
  let fits, stretch;
  before(async () => {
    fits = await load('outputs/formats/fits.ts');
    stretch = await load('outputs/formats/stretch.ts');
  });
  const card = (key, value) => `${key.padEnd(8)}= ${value}`.padEnd(80);
  const pad = (bytes, fill) => Buffer.concat([bytes, Buffer.alloc((2880 - (bytes.length % 2880)) % 2880, fill)]);
  const header = (cards) => pad(Buffer.from(`${cards.join('')}${'END'.padEnd(80)}`, 'latin1'), ' ');
  const reading = (file) => async (from, length) => new Uint8Array(file.subarray(from, from + length));
  const finish = (steps) => {
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
    }
  };

  function write(bitpix, values, axes, more = []) {
    const data = Buffer.alloc((values.length * Math.abs(bitpix)) / 8);
    const put = {
      8: 'writeUInt8',
      16: 'writeInt16BE',
      32: 'writeInt32BE',
      64: 'writeBigInt64BE',
      '-32': 'writeFloatBE',
      '-64': 'writeDoubleBE',
    }[bitpix];
    values.forEach((value, i) => {
      data[put](bitpix === 64 ? BigInt(value) : value, (i * Math.abs(bitpix)) / 8);
    });
    const sizes = axes.map((length, i) => card(`NAXIS${i + 1}`, length));
    const cards = [card('SIMPLE', 'T'), card('BITPIX', bitpix), card('NAXIS', axes.length), ...sizes, ...more];
    return Buffer.concat([header(cards), pad(data, 0)]);
  }

  test('images of every kind of number, scaled and with blanks', async () => {
    for (const bitpix of [8, 16, 32, 64, -32, -64]) {
      const more = [card('BSCALE', '2.0D0'), card('BZERO', '10'), ...(bitpix > 0 ? [card('BLANK', 4)] : [])];
      const file = write(bitpix, [1, 2, 3, 4, 5, 6], [3, 2], more);
      const hdu = await fits.readHdu(reading(file), 0, file.length, 0);
      assert.deepEqual([hdu.kind, hdu.axes, fits.nextHdu(hdu)], ['image', [3, 2], file.length]);
      const bytes = await reading(file)(hdu.dataAt, fits.planeBytes(hdu));
      const plane = finish(fits.decodePlane(hdu, bytes, 1024));
      assert.deepEqual([...plane.values], [12, 14, 16, bitpix > 0 ? Number.NaN : 18, 20, 22], `BITPIX ${bitpix}`);
      assert.deepEqual([...finish(fits.decodePlane(hdu, bytes, 2)).values], [12, 16]);
    }
  });

  test('extensions, cubes, strings', async () => {
    const cube = write(
      16,
      Array.from({ length: 24 }, (_, i) => i),
      [4, 3, 2],
      [card('OBJECT', "'O''Neill / M31'   / the target")],
    );
    const table = header([
      card('XTENSION', "'BINTABLE'"),
      card('BITPIX', 8),
      card('NAXIS', 2),
      card('NAXIS1', 8),
      card('NAXIS2', 5),
      card('PCOUNT', 0),
      card('GCOUNT', 1),
      card('TFIELDS', 1),
      card('EXTNAME', "'CATALOG '"),
    ]);
    const file = Buffer.concat([cube, table, pad(Buffer.alloc(40), 0)]);
    const first = await fits.readHdu(reading(file), 0, file.length, 0);
    assert.deepEqual([fits.planesOf(first), fits.textOf(first.cards, 'OBJECT')], [2, "O'Neill / M31"]);
    const second = await fits.readHdu(reading(file), fits.nextHdu(first), file.length, 1);
    assert.deepEqual([second.kind, second.name, second.dataBytes], ['table', 'CATALOG', 40]);
    assert.equal(await fits.readHdu(reading(file), fits.nextHdu(second), file.length, 2), undefined);
  });

  describe('tables', () => {
    let tables;
    before(async () => {
      tables = await load('outputs/formats/fits-table.ts');
    });
    async function table(kind, rowBytes, rows, cards) {
      const { length } = rows;
      const head = [card('XTENSION', `'${kind}'`), card('BITPIX', 8), card('NAXIS', 2), card('NAXIS1', rowBytes)];
      const more = [card('NAXIS2', length), card('PCOUNT', 0), card('GCOUNT', 1), ...cards];
      const data = Buffer.concat(rows);
      const file = Buffer.concat([
        header([card('SIMPLE', 'T'), card('BITPIX', 8), card('NAXIS', 0)]),
        header([...head, ...more]),
        pad(data, 0),
      ]);
      const hdu = await fits.readHdu(reading(file), 2880, file.length, 1);
      const columns = tables.columnsOf(hdu);
      return { columns, cells: tables.cellsOf(hdu, columns, await reading(file)(hdu.dataAt, data.length)) };
    }

    test('cells of every kind, scaled, without a sign, missing, in arrays', async () => {
      const forms = ['5A', 'L', 'B', 'I', 'J', 'K', 'E', 'D', '12X', '3I', '1PE(9)', 'C', '10B', '0A'];
      const row = Buffer.alloc(5 + 1 + 1 + 2 + 4 + 8 + 4 + 8 + 2 + 6 + 8 + 8 + 10);
      row.write('M31\0x', 0, 'latin1');
      row.write('F', 5);
      row.writeUInt8(200, 6);
      row.writeInt16BE(-32768, 7);
      row.writeInt32BE(-99, 9);
      row.writeBigInt64BE(-1n, 13);
      row.writeFloatBE(0.1, 21);
      row.writeDoubleBE(Number.NaN, 25);
      row.set([0b10101111, 0b01011111], 33);
      for (const [i, value] of [1, -2, 3].entries()) row.writeInt16BE(value, 35 + 2 * i);
      row.writeInt32BE(9, 41);
      row.writeFloatBE(1.5, 49);
      row.writeFloatBE(-2, 53);
      const { columns, cells } = await table(
        'BINTABLE',
        row.length,
        [row, row],
        [
          card('TFIELDS', forms.length),
          ...forms.map((form, i) => card(`TFORM${i + 1}`, `'${form}'`)),
          card('TTYPE1', "'NAME'"),
          card('TUNIT7', "'Jy'"),
          card('TZERO4', 32768),
          card('TNULL5', -99),
          card('TZERO6', '9223372036854775808'),
          card('TSCAL3', '0.1'),
        ],
      );
      assert.deepEqual([columns[0].name, columns[1].name, columns[6].unit], ['NAME', '2', 'Jy']);
      const said = [
        'M31',
        'F',
        '20',
        '0',
        '',
        '9223372036854775807',
        '0.1',
        '',
        '101011110101',
        '1, -2, 3',
        '[9]',
        '1.5 + -2i',
      ];
      assert.deepEqual(cells[1].slice(0, 12), said);
      assert.deepEqual(cells[1].slice(12), ['0, 0, 0, 0, 0, 0, 0, 0, …', '']);
    });

    test('ASCII tables by their columns', async () => {
      const rows = [Buffer.from('M31      0.71 '), Buffer.from('M87    187.71D')];
      const { cells } = await table('TABLE   ', 14, rows, [
        card('TFIELDS', 2),
        card('TFORM1', "'A5'"),
        card('TBCOL1', 1),
        card('TFORM2', "'F6.2'"),
        card('TBCOL2', 8),
      ]);
      assert.deepEqual(cells, [
        ['M31', '0.71'],
        ['M87', '187.71'],
      ]);
    });

    test('what does not fit its rows is refused', async () => {
      const row = Buffer.alloc(8);
      const refused = (...cards) => assert.rejects(table('BINTABLE', 8, [row], cards), { message: 'table' });
      await refused(card('TFIELDS', 1), card('TFORM1', "'2D'"));
      await refused(card('TFIELDS', 1), card('TFORM1', "'99999999999999999999D'"));
      await refused(card('TFIELDS', 1), card('TFORM1', "'?'"));
      await refused(card('TFIELDS', 2), card('TFORM1', "'D'"));
      await refused(card('TFIELDS', 5000));
      await assert.rejects(table('TABLE', 8, [row], [card('TFIELDS', 1), card('TFORM1', "'A9'"), card('TBCOL1', 1)]), {
        message: 'table',
      });
    });
  });

  test('compressed images are what astropy reads from them, and what lies about its place is refused', async () => {
    const packing = await load('outputs/formats/fits-packed.ts');
    const cases = JSON.parse(readFileSync(new URL('packed.json', import.meta.url), 'utf8'));
    const { signal } = new AbortController();
    const unpack = async (file, most) => {
      const hdu = await fits.readHdu(reading(file), 2880, file.length, 1);
      assert.equal(hdu.kind, 'compressed');
      const packed = packing.packingOf(hdu);
      const last = packed.axes.slice(2).reduce((product, length) => product * length, 1) - 1;
      return packing.unpackPlane(packed, last, reading(file), most, signal);
    };
    for (const [name, { file, plane }] of Object.entries(cases)) {
      const bytes = gunzipSync(Buffer.from(file, 'base64'));
      const { width, height, values } = await unpack(bytes, 1024);
      assert.deepEqual([width, height], [14, 9], name);
      const expected = new Float32Array(plane.map((value) => value ?? Number.NaN));
      // Scaled in other orders of the same steps: the last digit may differ.
      const differs = [...expected].findIndex(
        (value, i) => !(Object.is(value, values[i]) || Math.abs(value - values[i]) <= Math.abs(value) * 2e-7),
      );
      assert.equal(differs, -1, `${name}: ${values[differs]} instead of ${expected[differs]}`);
      const thin = await unpack(bytes, 7);
      assert.deepEqual([thin.width, thin.height, thin.values[1], thin.values[7]], [7, 5, values[2], values[28]], name);
    }
    const file = gunzipSync(Buffer.from(cases.integers.file, 'base64'));
    const hdu = await fits.readHdu(reading(file), 2880, file.length, 1);
    const far = Buffer.from(file);
    far.writeInt32BE(1 << 30, hdu.dataAt + 4);
    await assert.rejects(unpack(far, 1024), { message: 'heap' });
    const cut = file.subarray(0, hdu.dataAt + 60);
    await assert.rejects(unpack(cut, 1024), { message: 'short' });
    // Nonsense in place of the pixels gives some picture, and comes to an end.
    const nonsense = Buffer.from(file).fill(0xa5, hdu.dataAt + 9 * hdu.axes[0]);
    assert.equal((await unpack(nonsense, 1024)).values.length, 126);
  });

  test('what is none, or lies, is refused', async () => {
    const refused = async (file) => assert.rejects(fits.readHdu(reading(file), 0, file.length, 0), fits.FitsMistake);
    await refused(Buffer.from('no FITS at all'));
    await refused(Buffer.alloc(2880 * 3, 'x'));
    await refused(pad(Buffer.from(card('SIMPLE', 'T')), ' '));
    await refused(header([card('SIMPLE', 'T'), card('BITPIX', 7), card('NAXIS', 0)]));
    await refused(
      header([card('SIMPLE', 'T'), card('BITPIX', 8), card('NAXIS', 2), card('NAXIS1', -5), card('NAXIS2', 5)]),
    );
    await refused(
      header([card('SIMPLE', 'T'), card('BITPIX', 8), card('NAXIS', 2), card('NAXIS1', 9e15), card('NAXIS2', 9e15)]),
    );
  });

  test('cuts show the sky and not only its brightest star', () => {
    const next = random(7);
    const noise = Float32Array.from({ length: 40_000 }, () => 100 + next(20));
    noise[5] = 1e6;
    noise[6] = Number.NaN;
    const { low, high } = stretch.cutsOf(noise, 'zscale');
    assert.ok(low >= 99 && low < 105 && high > 112 && high < 140, `${low} to ${high}`);
    assert.equal(stretch.cutsOf(noise, 'full').high, 1e6);
    assert.ok(stretch.cutsOf(noise, 'percentile').high < 120);
    assert.equal(stretch.cutsOf(new Float32Array([Number.NaN]), 'zscale'), undefined);
    assert.deepEqual(stretch.cutsOf(new Float32Array(50).fill(3), 'zscale'), { low: 2.5, high: 3.5 });
    const pixels = stretch.paint(new Float32Array([0, 1, Number.NaN, 2]), 2, 2, { low: 0, high: 2 }, 'linear');
    assert.deepEqual([pixels[3], pixels[4], pixels[8], pixels[12]], [0, 255, 0, 128], 'the first row is at the bottom');
  });
});

describe('kinds of files', () => {
  test('by their names; images by their bytes', async () => {
    const { kindOf, imageType, imageSize } = await load('outputs/formats/kind.ts');
    const kinds = ['a.PNG', 'b.tsv', 'c.json', 'd.fits', 'e.svg', 'f.html', 'README', 'g.bin'].map((name) =>
      kindOf(name, ''),
    );
    assert.deepEqual(kinds, ['image', 'table', 'json', 'fits', 'text', 'text', 'text', 'none']);
    const png = new Uint8Array([
      0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 1, 0, 0, 0, 0, 7,
    ]);
    assert.deepEqual([imageType(png), imageSize(png)], ['image/png', { width: 256, height: 7 }]);
    assert.equal(imageType(bytesOf('<svg onload=alert(1)>')), undefined);
    const jpeg = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xc0, 0, 17, 8, 0, 9, 1, 44, 3]);
    assert.deepEqual([imageType(jpeg), imageSize(jpeg)], ['image/jpeg', { width: 300, height: 9 }]);
  });
});
