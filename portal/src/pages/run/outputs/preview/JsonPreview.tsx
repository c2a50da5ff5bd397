import { type ReactNode, useMemo, useState } from 'react';
import { format } from '@/strings';
import { runStrings as s } from '@/strings/run';
import { Shown } from '../../Shown';
import { childrenOf, type JsonChildren, JsonMistake, type JsonNode, rootOf, stringOf } from '../formats/json';
import { Fetched, Note, type PreviewProps, useBeginning } from './Preview';
import classes from './Preview.module.css';
import { TextPreview } from './TextPreview';

const MOST_BYTES = 8 << 20;
const AT_ONCE = 100;
/** A container that is longer than this stays closed until somebody opens it. */
const OPEN_UP_TO = 4_000;

export function JsonPreview(props: PreviewProps) {
  if (props.file.bytes > MOST_BYTES) return <TextPreview {...props} />;
  return <Small {...props} />;
}

function Small(props: PreviewProps) {
  const query = useBeginning(props, MOST_BYTES);
  return <Fetched query={query}>{(bytes) => <Tree bytes={bytes} props={props} />}</Fetched>;
}

function Tree({ bytes, props }: { bytes: Uint8Array; props: PreviewProps }) {
  const text = useMemo(() => new TextDecoder().decode(bytes), [bytes]);
  const root = useMemo(() => attempt(() => rootOf(text)), [text]);
  if (root instanceof JsonMistake) {
    return (
      <>
        <Note>{s.preview.noJson(format.number(root.at))}</Note>
        <TextPreview {...props} />
      </>
    );
  }
  return (
    <div className={classes.json}>
      <Value text={text} node={root} name={undefined} depth={0} />
    </div>
  );
}

interface ValueProps {
  text: string;
  node: JsonNode;
  name: ReactNode;
  depth: number;
}

function Value({ text, node, name, depth }: ValueProps) {
  const isContainer = node.kind === 'object' || node.kind === 'array';
  if (!isContainer) {
    return (
      <div className={classes.leaf}>
        {name}
        <span className={classes[node.kind]}>
          <Shown text={wording(text, node)} longest={300} />
        </span>
      </div>
    );
  }
  return <Container text={text} node={node} name={name} depth={depth} />;
}

function Container({ text, node, name, depth }: ValueProps) {
  const [open, setOpen] = useState(depth === 0 || (depth < 3 && node.to - node.from < OPEN_UP_TO));
  const isEmpty = /^[[{]\s*[\]}]$/.test(text.slice(node.from, Math.min(node.to, node.from + 20)));
  const sign = node.kind === 'object' ? s.preview.objectSign : s.preview.arraySign;
  if (isEmpty) {
    return (
      <div className={classes.leaf}>
        {name}
        {sign}
      </div>
    );
  }
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {name}
        <span className={classes.soft}>{open ? sign.slice(0, 1) : sign}</span>
        {!open && <span className={classes.soft}> {format.bytes(node.to - node.from)}</span>}
      </summary>
      {open && <Children text={text} node={node} depth={depth} />}
    </details>
  );
}

function Children({ text, node, depth }: { text: string; node: JsonNode; depth: number }) {
  const [shown, setShown] = useState(() => attempt(() => childrenOf(text, node, AT_ONCE)));
  if (shown instanceof JsonMistake) return <Note>{s.preview.noJson(format.number(shown.at))}</Note>;
  function more({ items, next }: JsonChildren): void {
    const added = attempt(() => childrenOf(text, node, AT_ONCE, next));
    setShown(added instanceof JsonMistake ? added : { items: [...items, ...added.items], next: added.next });
  }
  return (
    <ul>
      {shown.items.map((child) => (
        <li key={child.node.from}>
          <Value
            text={text}
            node={child.node}
            name={
              <span className={classes.key}>
                <Shown text={String(child.key)} longest={80} />
                {s.preview.keySign}
              </span>
            }
            depth={depth + 1}
          />
        </li>
      ))}
      {shown.next && (
        <li>
          <button type="button" className={classes.more} onClick={() => more(shown)}>
            {s.preview.moreItems}
          </button>
        </li>
      )}
    </ul>
  );
}

function wording(text: string, node: JsonNode): string {
  if (node.kind !== 'string') return text.slice(node.from, node.to);
  const value = attempt(() => stringOf(text, node));
  return value instanceof JsonMistake ? text.slice(node.from, node.to) : JSON.stringify(value);
}

function attempt<T>(work: () => T): T | JsonMistake {
  try {
    return work();
  } catch (error) {
    if (error instanceof JsonMistake) return error;
    throw error;
  }
}
