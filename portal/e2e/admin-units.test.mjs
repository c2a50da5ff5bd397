// What administration decides without a gateway: what was pasted, how mappings are put together, how entries are written.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './run-modules.mjs';

const rule = (group, gives = { member_of: 'a' }) => ({
  issuer: { exactly: 'https://idp.example' },
  claim: 'groups',
  group: { exactly: group },
  role: 'any',
  gives,
});

test('what is pasted is taken for what it is', async () => {
  const { readClaims } = await load('../admin/mapping/claims.ts');
  assert.deepEqual(readClaims('  \n'), { is: 'nothing' });
  assert.deepEqual(readClaims('urn:a:group:b\r\n\n "urn:a:group:c", \n'), {
    is: 'lines',
    lines: ['urn:a:group:b', 'urn:a:group:c'],
    likely: 'entitlements',
  });
  assert.equal(readClaims('/escape').likely, 'wlcg.groups');
  assert.deepEqual(readClaims('["x", "y"]').lines, ['x', 'y']);
  assert.deepEqual(readClaims('{"iss": "https://i", "groups": ["ä"]}'), {
    is: 'claims',
    claims: { iss: 'https://i', groups: ['ä'] },
    issuer: 'https://i',
  });
  const token = `Bearer eyJhbGciOiJub25lIn0.${Buffer.from('{"groups":["ä"],"iss":7}').toString('base64url')}.`;
  assert.deepEqual(readClaims(token), { is: 'claims', claims: { groups: ['ä'], iss: 7 }, issuer: undefined });
  assert.deepEqual(readClaims('{"a": '), { is: 'wrong', why: 'notJson' });
  assert.deepEqual(readClaims('[1]'), { is: 'wrong', why: 'notAnObject' });
  assert.deepEqual(readClaims('eyJhbGciOiJub25lIn0.AAAAAAAAAAAA.x'), { is: 'wrong', why: 'notAToken' });
});

test('two changes of one mapping become one, whatever the order of rules and fields', async () => {
  const { changeOf, isChange, withChange } = await load('../admin/mapping/rules.ts');
  const base = [rule('a'), rule('b')];
  const turned = { gives: { member_of: 'a' }, role: 'any', authority: 'any', group: { exactly: 'a' }, claim: 'groups' };
  assert.ok(!isChange(changeOf(base, [rule('b'), { ...turned, issuer: { exactly: 'https://idp.example' } }])));
  const mine = changeOf(base, [rule('b'), rule('c'), rule('d')]);
  assert.deepEqual([mine.added.length, mine.removed.length], [2, 1]);
  const theirs = [...base, rule('d'), rule('e')];
  assert.deepEqual(withChange(theirs, mine), [rule('b'), rule('d'), rule('e'), rule('c')]);
});

test('the text of a mapping is read as it was written, and mistakes name their lines', async () => {
  const { readRules, writeRules } = await load('../admin/mapping/text.ts');
  const rules = [rule('with "quotes" and \\ and \u202e'), rule('x', 'administrator')];
  assert.deepEqual(readRules(writeRules(rules)).rules, rules);
  assert.deepEqual(readRules('').rules, []);
  const wrong = (text) => readRules(text).mistakes.map(({ line, text: said }) => `${line} ${said.split(' ')[0]}`);
  assert.deepEqual(wrong('rules = 7'), ['1 a']);
  assert.deepEqual(wrong('# mine\nother = 1\n'), ['2 only']);
  assert.deepEqual(
    wrong(
      '[[rules]]\nissuer = "every"\nclaim = "groups"\ngroup = { exactly = "a", with_subgroups = "b" }\nrole = "none"\ngives = "administrator"\nmore = 1\n',
    ),
    ['7 more:', '2 issuer', '4 group'],
  );
  assert.equal(readRules('[[rules]\n').mistakes[0].line, 1);
});

test('no cell of an export is taken for a formula', async () => {
  const { csvHead, csvLine, jsonLine } = await load('../admin/audit/lines.ts');
  const entry = {
    id: 'aud-1',
    at: 'now',
    request: 'r',
    operation: '=cmd|x',
    about: 'a,"b"',
    allowed: false,
    status: 403,
  };
  assert.equal(csvHead.split(',').length, csvLine({ ...entry, about: '' }).split(',').length);
  assert.equal(csvLine(entry), `aud-1,now,,,'=cmd|x,"a,""b""",,,false,403,,,r\r\n`);
  assert.deepEqual(JSON.parse(jsonLine(entry)), entry);
});
