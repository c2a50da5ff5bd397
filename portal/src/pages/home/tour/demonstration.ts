// The demonstration, sent as anybody would send it: scripts as uploads, then three requests that name each other. The
// scripts and requests are those of examples/radio-cubes, put in by the build: there is one copy of the science.
import { parse } from 'smol-toml';
import { answer, answered, api, apiUrl } from '@/api/client';
import type { RunRequest } from '@/api/types';
import type { Step, TourRuns } from './state';
import { STEPS } from './state';

const files: Record<string, string> = import.meta.glob(
  [
    '../../../../../examples/radio-cubes/{simulate,find,merge}.toml',
    '../../../../../examples/radio-cubes/{simulate,find_sources,merge,check,fits,image,smooth}.py',
  ],
  { query: '?raw', import: 'default', eager: true },
);

function textOf(name: string): string {
  const found = Object.entries(files).find(([path]) => path.endsWith(`/${name}`));
  if (!found) throw new Error(`examples/radio-cubes has no ${name}`);
  return found[1];
}

async function upload(name: string): Promise<string> {
  const content = new TextEncoder().encode(textOf(name));
  const made = await answer(api.POST('/api/v1/uploads', { body: { name, bytes: content.length } }));
  await answered(
    fetch(apiUrl(`uploads/${made.id}/content`), {
      method: 'PUT',
      headers: { 'content-type': 'application/octet-stream' },
      body: content,
    }),
  );
  await answer(api.POST('/api/v1/uploads/{id}/complete', { params: { path: { id: made.id } } }));
  return made.id;
}

/** Each script once, however many runs take it. */
class Uploads {
  #begun = new Map<string, Promise<string>>();

  of(name: string): Promise<string> {
    const known = this.#begun.get(name) ?? upload(name);
    this.#begun.set(name, known);
    return known;
  }
}

const LOCAL = 'file:./';

/** Starts the three runs; the answer is their identifiers. */
export async function begin(): Promise<TourRuns> {
  const uploads = new Uploads();
  const runs: Partial<TourRuns> = {};
  for (const step of STEPS) {
    const request = parse(textOf(`${step}.toml`)) as RunRequest;
    const inputs = await Promise.all(
      (request.inputs ?? []).map(async (input) => {
        if (input.from.startsWith(LOCAL)) {
          return { ...input, from: `upload:${await uploads.of(input.from.slice(LOCAL.length))}` };
        }
        return { ...input, from: nameRun(input.from, runs) };
      }),
    );
    // By identifier: another run of that name may be newer by the time it is looked up.
    const after = (request.after ?? []).map((name) => runs[name as Step] ?? name);
    const run = await answer(api.POST('/api/v1/runs', { body: { ...request, inputs, after } }));
    runs[step] = run.id;
  }
  return runs as TourRuns;
}

function nameRun(from: string, runs: Partial<TourRuns>): string {
  const step = STEPS.find((name) => from.startsWith(`run:${name}/`));
  const id = step && runs[step];
  return id ? from.replace(`run:${step}/`, `run:${id}/`) : from;
}

/** What check.py says about the catalogue. */
export interface Report {
  injected: number;
  matched: number;
  found: number;
  false: unknown[];
  passed: boolean;
}

export async function readReport(merge: string): Promise<Report> {
  const got = await answered(fetch(apiUrl(`runs/${merge}/outputs/0/report.json`)));
  return (await got.json()) as Report;
}

/** The map of one field, as a picture of this page. */
export async function readMap(find: string): Promise<Blob> {
  const got = await answered(fetch(apiUrl(`runs/${find}/outputs/1/moment0-1.png`)));
  return new Blob([await got.arrayBuffer()], { type: 'image/png' });
}
