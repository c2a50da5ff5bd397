// What several pages say of workflow files.
export const workflowStrings = {
  languages: { cwl: 'CWL', snakemake: 'Snakemake', nextflow: 'Nextflow', wdl: 'WDL' },
};
