import { Button, Switch, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import { useShortcut } from '@/app/shortcuts';
import { Icon } from '@/parts/Icon';
import { ErrorView } from '@/parts/ProblemView';
import { format } from '@/strings';
import { runStrings as s } from '@/strings/run';
import classes from './LogPane.module.css';
import { LogView, placeOf, ROW } from './LogView';
import { startOf } from './lines';
import type { Beginning } from './model';
import { type LogName, logOrigin, logUrl } from './origin';
import { useLogModel } from './useLogModel';
import { type Match, type Search, useSearch } from './useSearch';

interface Props {
  name: LogName;
  beginning: Beginning;
  /** What a saved log is called. */
  fileName: string;
  /** In front of the tools: which log it is. */
  children?: ReactNode;
}

/** One stream of one element, with what one does to it. Give it a key that says which log, and which try of it. */
export function LogPane({ name, beginning, fileName, children }: Props) {
  const model = useLogModel(() => logOrigin(name), beginning);
  const [wrap, setWrap] = useState(true);
  const [current, setCurrent] = useState<number>();
  const search = useSearch(name, (match) => show(match));
  const { reader, extent } = model;

  function show(match: Match): void {
    reader.goTo(match.offset, 3);
    setCurrent(match.offset);
    model.moved();
  }

  function toggleFollow(): void {
    if (reader.sticks) reader.stay();
    else reader.goToEnd();
    model.moved();
  }

  const isLive = extent !== undefined && !extent.complete;
  const needle = search.wanted && 'text' in search.wanted ? search.wanted.text : undefined;
  // All of it is on screen and nothing comes: no more room is taken than it needs.
  const isShort = extent?.complete && extent.size > 0 && reader.isAtStart && reader.sticks;
  // The piece in which it was found; known as soon as its bytes are here.
  const line = current === undefined ? undefined : startOf(model.chunks, current);
  return (
    <div className={classes.pane}>
      <div className={classes.tools}>
        {children}
        <SearchBar search={search} from={() => reader.offset} />
        <div className={classes.rest}>
          {isLive && (
            <Button
              size="xs"
              variant={reader.sticks ? 'light' : 'default'}
              aria-pressed={reader.sticks}
              onClick={toggleFollow}
            >
              {s.log.follow}
            </Button>
          )}
          <Switch
            size="xs"
            label={s.log.wrap}
            checked={wrap}
            onChange={(event) => setWrap(event.currentTarget.checked)}
          />
          <Button
            component="a"
            size="xs"
            variant="default"
            href={logUrl(name).href}
            download={fileName}
            leftSection={<Icon name="down" size={14} />}
          >
            {s.log.download}
          </Button>
        </div>
      </div>
      {search.error !== undefined && <ErrorView error={search.error} />}
      <div className={classes.place} style={isShort ? { height: reader.rows().length * ROW + 2 } : undefined}>
        <LogView model={model} label={s.log.label(name.stream)} wrap={wrap} needle={needle} current={line} />
      </div>
      <p className={classes.foot}>
        <span>{placeOf(model)}</span>
        {isLive && <span>{reader.sticks ? s.log.following : s.log.live}</span>}
        {extent?.truncated && <span className={classes.warning}>{s.log.truncated(format.bytes(extent.size))}</span>}
        {model.error !== undefined && model.chunks.size > 0 && (
          <span className={classes.warning}>{s.log.interrupted}</span>
        )}
      </p>
    </div>
  );
}

function SearchBar({ search, from }: { search: Search; from(): number }) {
  const [text, setText] = useState('');
  const input = useRef<HTMLInputElement>(null);
  useShortcut('/', s.log.search, () => input.current?.focus());

  const isOld = search.wanted === undefined || !('text' in search.wanted) || search.wanted.text !== text;
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (text === '') void search.start(undefined, 0);
    else if (isOld) void search.start({ text }, from());
    else void search.step(1);
  }
  const seeksErrors = search.wanted !== undefined && 'errors' in search.wanted;
  return (
    <search className={classes.search}>
      <form className={classes.form} onSubmit={submit}>
        <TextInput
          ref={input}
          size="xs"
          type="search"
          value={text}
          maxLength={200}
          aria-label={s.log.search}
          placeholder={s.log.search}
          leftSection={<Icon name="search" size={14} />}
          className={classes.input}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && event.shiftKey && !isOld) {
              event.preventDefault();
              void search.step(-1);
            } else if (event.key === 'Escape' && search.wanted) {
              event.preventDefault();
              setText('');
              void search.start(undefined, 0);
            }
          }}
        />
        <Button type="submit" size="xs" variant="default" loading={search.isPending && !seeksErrors}>
          {isOld ? s.log.find : s.log.next}
        </Button>
      </form>
      <Button
        size="xs"
        variant="default"
        loading={search.isPending && seeksErrors}
        onClick={() => void (seeksErrors && search.index >= 0 ? search.step(1) : search.start({ errors: true }, 0))}
      >
        {seeksErrors && search.index >= 0 ? s.log.nextError : s.log.firstError}
      </Button>
      {search.wanted && (
        <>
          <Button size="xs" variant="default" disabled={search.index < 1} onClick={() => void search.step(-1)}>
            {s.log.previous}
          </Button>
          <output className={classes.count}>{countOf(search, seeksErrors)}</output>
        </>
      )}
    </search>
  );
}

function countOf(search: Search, seeksErrors: boolean): string {
  if (search.isPending) return s.log.searching;
  if (search.found.length === 0) return seeksErrors ? s.log.noErrors : s.log.notFound;
  return s.log.match(search.index + 1, search.found.length, search.hasMore);
}
