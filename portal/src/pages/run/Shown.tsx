import { useState } from 'react';
import { runStrings as s } from '@/strings/run';
import classes from './Shown.module.css';
import { type Piece, reveal } from './visible';

interface Props {
  text: string;
  /** Characters that are shown before somebody asks for the rest. */
  longest?: number;
  /** Line breaks are part of it (programs given as an argument): they are carried out instead of shown. */
  lines?: boolean;
}

/** Text from outside: what would hide or reorder is marked, and four kilobytes of name do not push the page apart. */
export function Shown({ text, longest = 160, lines = false }: Props) {
  const [whole, setWhole] = useState(false);
  const cut = !whole && text.length > longest * 1.25;
  const pieces = reveal(cut ? text.slice(0, longest) : text);
  return (
    <bdi className={classes.shown}>
      <Pieces pieces={lines ? pieces.map(asBreak) : pieces} />
      {cut && (
        <button type="button" className={classes.more} onClick={() => setWhole(true)}>
          {s.showMore(text.length - longest)}
        </button>
      )}
    </bdi>
  );
}

const asBreak = (piece: Piece): Piece => (piece.mark === 'U+000A' ? { text: '\n' } : piece);

export function Pieces({ pieces }: { pieces: Piece[] }) {
  return pieces.map((piece, index) =>
    piece.mark === undefined ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no identity but their place
      <span key={index}>{piece.text}</span>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no identity but their place
      <span key={index} className={classes.mark} title={s.hidden(piece.mark)}>
        {piece.text}
      </span>
    ),
  );
}
