import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
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
