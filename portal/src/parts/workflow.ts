// Workflow files, by the gateway's own rules (crates/model: request/workflow).
import type { components } from '@/api/schema.gen';

export type WorkflowLanguage = components['schemas']['Language'];

export const LANGUAGES: WorkflowLanguage[] = ['cwl', 'snakemake', 'nextflow', 'wdl'];

const ENDINGS: Record<string, WorkflowLanguage> = { cwl: 'cwl', smk: 'snakemake', nf: 'nextflow', wdl: 'wdl' };

/** By the names that the languages' own conventions give to their files. */
export function languageOf(path: string): WorkflowLanguage | undefined {
  const name = (path.split('/').at(-1) ?? '').toLowerCase();
  if (name === 'snakefile') return 'snakemake';
  const [, ending = ''] = /\.([^.]*)$/.exec(name) ?? [];
  return Object.hasOwn(ENDINGS, ending) ? ENDINGS[ending] : undefined;
}
