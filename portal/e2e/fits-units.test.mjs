// What the portal reads of FITS files: headers, images of every kind, tables.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { load } from './run-modules.mjs';

/** Deterministic, so that a failure can be seen again. */
function random(seed) {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state % below;
  };
}

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
