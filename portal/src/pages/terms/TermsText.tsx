import classes from './Terms.module.css';

/**
 * Markdown or plain text: headings, lists and paragraphs are drawn, and whatever else there is stays as it was written.
 * It is text all along, never HTML.
 */
export function TermsText({ text }: { text: string }) {
  const blocks = text.trim().split(/\n(?:[ \t]*\n)+|(?<=^#{1,6} .*)\n/m);
  return (
    <div className={classes.text}>
      {blocks.map((block, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts of a text have no identity but their place
        <Block key={i} text={block} />
      ))}
    </div>
  );
}

function Block({ text }: { text: string }) {
  const heading = /^#{1,6} +(.*)$/.exec(text);
  if (heading) return <h2>{heading[1]}</h2>;
  const lines = text.split('\n');
  if (!lines.every((line) => /^ *[-*] /.test(line))) return <p>{text}</p>;
  return (
    <ul>
      {lines.map((line) => (
        <li key={line}>{line.replace(/^ *[-*] +/, '')}</li>
      ))}
    </ul>
  );
}
