cwlVersion: v1.2
class: Workflow
doc: Counts the lines of a table, then says so.
inputs:
  table: File
outputs:
  report:
    type: File
    outputSource: say/report
steps:
  count:
    run:
      class: CommandLineTool
      baseCommand: [wc, -l]
      inputs:
        table: {type: File, streamable: true}
      stdin: $(inputs.table.path)
      stdout: count.txt
      outputs:
        number: {type: stdout}
    in: {table: table}
    out: [number]
  say:
    run:
      class: CommandLineTool
      baseCommand: [sed, s/^/lines=/]
      inputs:
        number: {type: File, streamable: true}
      stdin: $(inputs.number.path)
      stdout: report.txt
      outputs:
        report: {type: stdout}
    in: {number: count/number}
    out: [report]
