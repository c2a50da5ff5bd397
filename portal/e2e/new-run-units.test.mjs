import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { load } from './new-run-modules.mjs';

let words;
let value;
let reading;
let secrets;
let languages;

before(async () => {
  const [w, v, r, s, j, t, y] = await load(
    'request/words.ts',
    'request/value.ts',
    'request/read.ts',
    'request/secrets.ts',
    'file/json.ts',
    'file/toml.ts',
    'file/yaml.ts',
  );
  [words, value, reading, secrets] = [w, v, r, s];
  languages = { json: j.json, toml: t.toml, yaml: y.yaml };
});

const read = (format, text) => {
  const found = languages[format].read(text);
  assert.ok('value' in found, `${format}: ${JSON.stringify(found)}\n${text}`);
  return found.value;
};

describe('a command line', () => {
  test('is split as a shell would, and by nothing else', () => {
    /** @type {[string, string[]][]} */
    const cases = [
      ['', []],
      ['  ls   -l ', ['ls', '-l']],
      [`sh -c 'echo "a b" | wc'`, ['sh', '-c', 'echo "a b" | wc']],
      [`a"b c"d ''  ""`, ['ab cd', '', '']],
      ['a\\ b \\"c "d\\"e" "f\\g" \\\\', ['a b', '"c', 'd"e', 'f\\g', '\\']],
      ['one \\\n two', ['one', 'two']],
      ['$HOME *.csv > x {index}', ['$HOME', '*.csv', '>', 'x', '{index}']],
      ['end\\', ['end\\']],
    ];
    for (const [line, expected] of cases) {
      assert.deepEqual(words.readLine(line), { words: expected }, line);
    }
    assert.deepEqual(words.readLine(`it'\\''s`), { words: ['it\\s'], open: "'" });
    assert.deepEqual(words.readLine('say "never'), { words: ['say', 'never'], open: '"' });
  });

  test('is written so that it reads back', () => {
    const alphabet = ['a', ' ', "'", '"', '\\', '$', '\n', '*', '{index}', '‮', 'é', '`', '#', '~'];
    let state = 7;
    const next = (below) => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return state % below;
    };
    for (let round = 0; round < 500; round++) {
      const list = Array.from({ length: next(5) }, () =>
        Array.from({ length: next(6) }, () => alphabet[next(alphabet.length)]).join(''),
      );
      assert.deepEqual(words.readLine(words.writeLine(list)), { words: list });
    }
    assert.equal(
      words.writeLine(['python3', 'a.py', '--in={index}', 'two words', "it's"]),
      `python3 a.py --in={index} 'two words' 'it'\\''s'`,
    );
  });

  test('tells what only a shell would understand', () => {
    assert.deepEqual(words.shellWords('cat *.csv | wc -l > out $HOME && x'), ['*.csv', '|', '>', '$HOME', '&&']);
    assert.deepEqual(words.shellWords(`sh -c 'cat *.csv | wc' "a;b" c\\;d`), []);
  });
});

describe('places in a value', () => {
  test('change without touching the rest', () => {
    const before = { a: 1, b: { c: [1, { d: 2 }], odd: null }, unknown: 'kept' };
    const after = value.setIn(before, ['b', 'c', 1, 'd'], 3);
    assert.deepEqual(after, { a: 1, b: { c: [1, { d: 3 }], odd: null }, unknown: 'kept' });
    assert.deepEqual(before.b.c[1], { d: 2 });
    assert.deepEqual(value.setIn(before, ['b', 'c', 0], undefined).b.c, [{ d: 2 }]);
    assert.deepEqual(value.setIn({ x: { y: 1 } }, ['x', 'y'], undefined), undefined);
    assert.deepEqual(value.setIn(undefined, ['env', 'A'], 'x'), { env: { A: 'x' } });
    assert.equal(value.fieldOf(['inputs', 2, 'to']), 'inputs[2].to');
    const hostile = value.setIn({}, ['env', '__proto__'], 'x');
    assert.equal(value.getIn(hostile, ['env', '__proto__']), 'x');
    assert.equal({}.polluted, undefined);
    assert.equal(value.getIn({}, ['env', 'constructor']), undefined);
  });
});

const ODD = {
  name: 'a "quoted" # name\\',
  command: ['sh', '-c', 'printf "x\ty\\n"\nsecond line', '', '{index}'],
  inputs: [
    { from: 'https://example.org/a?b=c#d', to: 'a', checksum: `sha256:${'0'.repeat(64)}` },
    { from: 'run:simulate/{index}/x', to: 'dir/b: c' },
  ],
  outputs: [{ path: '*.csv' }, { path: 'plots/**', to: 'p' }],
  resources: { cores: 0.5, memory: '2GiB', accelerators: 0 },
  env: { A: '1', B: 'no', C: '', D: '2026-01-01', E: 'null', F: '\u0001\u007f\u202e\u{e0001}' },
  array: { count: 3 },
  where: { site: 'true' },
  workflow: { file: 'dir/b: c', language: 'cwl', arguments: ['--x={index}', 'a "b"', ''] },
  unknown: { deep: [[1, 2], [{ x: false }]] },
};

describe('the three languages', () => {
  test('write what they read', () => {
    for (const format of ['json', 'toml', 'yaml']) {
      const text = languages[format].write(ODD);
      assert.deepEqual(read(format, text), ODD, text);
      assert.equal(languages[format].write(ODD, text), text, `${format} is stable`);
      if (format !== 'yaml') assert.ok(text.includes('\\u202e'), 'what cannot be seen is written so that it can');
      for (const empty of ['', '\n', '   \n']) assert.deepEqual(read(format, empty), {}, format);
    }
    assert.deepEqual(read('toml', '# only a comment\n'), {});
    assert.deepEqual(read('yaml', '# only a comment\n'), {});
  });

  test('say in which line a mistake is', () => {
    /** @type {[string, string, number][]} */
    const cases = [
      ['json', '{\n  "name": "a",\n  "command": [}\n', 3],
      ['json', '{\n  "name": "a"\n  "x": 1 }', 3],
      ['json', '{"a": 1,\n "a": 2}', 2],
      ['json', '{"a": [1,\n]}', 2],
      ['json', '{\n"a": nul}', 2],
      ['json', '{\n"a": "x\n"}', 2],
      ['json', '{} x', 1],
      ['toml', 'name = "a"\ncommand = [\n', 2],
      ['toml', 'a = 1\na = 2\n', 2],
      ['toml', 'ok = 1\n\nbad\n', 3],
      ['yaml', 'name: a\ncommand: [x\nenv: 1\n', 2],
      ['yaml', 'a: 1\nb:\n\t- x\n', 3],
    ];
    for (const [format, text, line] of cases) {
      const found = languages[format].read(text);
      assert.ok('mistake' in found, text);
      assert.ok(found.mistake.detail.length > 3 && !found.mistake.detail.includes('\n'), found.mistake.detail);
      assert.ok(
        Math.abs(found.mistake.line - line) <= (format === 'json' ? 0 : 1),
        `${text}: line ${found.mistake.line}`,
      );
    }
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
      .split('')
      .map((k, i) => `${k}: &${k} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`)
      .join('\n')}\n`;
    assert.ok('mistake' in languages.yaml.read(bomb));
    assert.ok('mistake' in languages.json.read('['.repeat(100_000)));
  });

  test('say in which line a field stands', () => {
    const toml =
      '# top\nname = "a"\ninputs = [\n  { from = "x", to = "y" }, # one\n  { from = "z", to = "[" },\n]\n[resources]\ncores = 1\n[[outputs]]\npath = "a"\n[[outputs]]\npath = "b"\n';
    const yaml = 'name: a\ninputs:\n  - from: x\n    to: y\n  - {from: z, to: q}\nresources:\n  cores: 1\n';
    const json = '{\n"name": "a",\n"inputs": [\n{"from": "x"},\n{"from":\n"z"}], "resources":\n{"cores": 1}}';
    const lines = (format, text, ...fields) => fields.map((field) => languages[format].read(text).lines.get(field));
    assert.deepEqual(
      lines('toml', toml, 'name', 'inputs', 'inputs[1]', 'resources.cores', 'outputs[1].path'),
      [2, 3, 5, 8, 12],
    );
    assert.deepEqual(lines('yaml', yaml, 'name', 'inputs[0].to', 'inputs[1]', 'resources.cores'), [1, 4, 5, 7]);
    assert.deepEqual(lines('json', json, 'name', 'inputs[1].from', 'resources', 'resources.cores'), [2, 5, 6, 7]);
  });

  const TOML = `# A source finder.
# Two lines about it.
name = "find"   # its name
command = ["python3", "find.py"]

# What it reads
inputs = [
    { from = "file:/a", to = "a" }, # the first
    { from = "file:/b", to = "b" },
]

[resources]
cores = 1
# more than it needs
memory = "256MiB" # really

[[outputs]]
path = "a.csv" # keep this

[[outputs]]
path = "b.csv"
`;

  test('keep the comments of what is not changed', () => {
    const before = read('toml', TOML);
    /** @type {[(string | number)[], unknown][]} */
    const changes = [
      [['name'], 'other'],
      [['name'], undefined],
      [['retries'], 2],
      [['command'], ['x', 'y']],
      [['resources', 'cores'], 4],
      [['resources', 'cores'], undefined],
      [['resources', 'disk'], '2GiB'],
      [['resources'], undefined],
      [['env', 'A'], '1'],
      [['outputs', 1, 'path'], 'c.csv'],
      [['outputs', 2], { path: 'd.csv' }],
      [['outputs', 1], undefined],
      [['inputs', 2], { from: 'file:/c', to: 'c' }],
    ];
    for (const [path, next] of changes) {
      const wanted = value.setIn(before, path, next);
      const text = languages.toml.write(wanted, TOML);
      assert.deepEqual(read('toml', text), wanted, text);
      for (const comment of ['# Two lines about it.', '# What it reads']) assert.ok(text.includes(comment), text);
      if (path[0] !== 'resources' || path.length > 1) assert.ok(text.includes('memory = "256MiB" # really'), text);
      if (path[0] !== 'name' || next !== undefined) assert.ok(text.includes('# its name'), text);
      assert.ok(text.includes('path = "a.csv" # keep this'), text);
    }
    const YAML =
      '# top\nname: find # its name\ncommand: [python3, find.py]\n# reads\ninputs:\n  - from: file:/a # first\n    to: a\nenv:\n  A: "1" # quoted\n';
    const old = read('yaml', YAML);
    for (const [path, next] of [
      [['name'], 'other'],
      [['env', 'A'], '2'],
      [['env', 'B'], 'yes'],
      [['inputs', 1], { from: 'x', to: 'y' }],
      [['command'], ['a b']],
    ]) {
      const wanted = value.setIn(old, path, next);
      const text = languages.yaml.write(wanted, YAML);
      assert.deepEqual(read('yaml', text), wanted, text);
      for (const comment of ['# top', '# its name', '# reads', '# first', '# quoted'])
        assert.ok(text.includes(comment), text);
    }
  });

  test('never write anything else than was asked for, whatever the text before', () => {
    const texts = [
      TOML,
      'a.b = 1\n[x.y]\nz = """\n[no]\n# no\n"""\n',
      "env = { A = \"1\", B = \"]\" }\nname = '''\nx\n'''\n",
      '"name" = "q"\n[[inputs]]\nfrom = "a"\nto = "b"\n[[inputs]]\nfrom="c"\nto="d"\n[inputs.x]\ny=1\n',
      'name = "x" # c\n\n\n[env]\nA = "#"\n[resources]\n# nothing',
    ];
    for (const text of texts) {
      const before = read('toml', text);
      for (const [path, next] of [
        [['name'], 'n'],
        [['env', 'A'], 'é"'],
        [['env'], undefined],
        [['inputs'], []],
        [['inputs', 0, 'to'], 'new'],
        [['inputs', 0], undefined],
        [['where', 'site'], 's'],
        [['resources', 'cores'], 2.5],
      ]) {
        const wanted = value.setIn(before, path, next) ?? {};
        const written = languages.toml.write(wanted, text);
        assert.deepEqual(read('toml', written), wanted, `${JSON.stringify(path)}\n${text}\n→\n${written}`);
      }
    }
  });
});

describe('a request', () => {
  test('is read as far as it can be, and every mistake is named', () => {
    const { request, mistakes } = reading.readRequest({
      comand: ['x'],
      name: 5,
      command: ['a', 1],
      inputs: [{ from: 'https://h/a' }, 'x', { from: 'upload:1', to: 'b', cheksum: '' }],
      resources: { cores: 'many', memory: 512, disk: '8GB', walltime: '600', nodes: 1.5, accelerators: 1 },
      env: { A: 1, B: 'ok' },
      retries: 300,
      array: { count: 'three' },
      workflow: { language: 'perl', arguments: [1], fil: 'x' },
      where: null,
    });
    const fields = Object.fromEntries(mistakes.map(({ field, detail }) => [field, detail]));
    assert.deepEqual(
      Object.keys(fields).sort(),
      [
        'array.count',
        'comand',
        'command[1]',
        'env.A',
        'inputs[0].to',
        'inputs[1]',
        'inputs[2].cheksum',
        'name',
        'resources.cores',
        'resources.disk',
        'resources.memory',
        'resources.nodes',
        'resources.walltime',
        'retries',
        'workflow.arguments[0]',
        'workflow.fil',
        'workflow.file',
        'workflow.language',
      ].sort(),
    );
    assert.match(fields.comand, /did you mean “command”/);
    assert.match(fields['resources.memory'], /512MiB/);
    assert.match(fields['workflow.fil'], /did you mean “file”/);
    assert.match(fields['workflow.language'], /"cwl" or "snakemake"/);
    assert.deepEqual(request.resources, { accelerators: 1 });
    assert.equal(request.inputs.length, 3);
    assert.deepEqual(request.env, { A: '', B: 'ok' });
    assert.deepEqual(
      reading.readRequest(ODD).mistakes.map((one) => one.field),
      ['unknown'],
    );
    assert.deepEqual(reading.readRequest([]).mistakes, [{ field: '', detail: 'must be a table of fields' }]);
  });

  test('of a run is filled in without what is usual', () => {
    const tidy = reading.tidy({
      kind: 'batch',
      command: ['x'],
      resources: {
        cores: 2,
        memory: '1GiB',
        disk: '1GiB',
        accelerators: 0,
        walltime: '1h',
        nodes: 1,
        tasks_per_node: 1,
      },
      env: { A: '1' },
    });
    assert.deepEqual(tidy, { command: ['x'], resources: { cores: 2 }, env: { A: '1' } });
  });
});

describe('secrets', () => {
  test('are known by their names and addresses', () => {
    for (const name of [
      'PASSWORD',
      'DB_PASSWORD',
      'apiToken',
      'API_KEY',
      'aws_secret_access_key',
      'GH_TOKEN',
      'X-Auth',
      'PGPASSWORD',
    ])
      assert.ok(secrets.looksSecret(name), name);
    for (const name of ['KEYBOARD', 'PWD', 'TOKENIZERS_PARALLELISM', 'AUTHOR', 'PATH', 'MONKEY', 'SEED'])
      assert.ok(!secrets.looksSecret(name), name);
    for (const url of [
      'https://me:pw@h/x',
      'https://h/x?X-Amz-Signature=1',
      'https://h/x?token=1',
      'https://h/x?sig=a',
    ])
      assert.ok(secrets.addressHasSecret(url), url);
    for (const url of ['https://h/x?page=2', 'upload:1', 'https://', 'https://h/key?x=1'])
      assert.ok(!secrets.addressHasSecret(url), url);
  });
});
