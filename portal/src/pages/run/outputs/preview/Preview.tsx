import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { keys } from '@/api/queries';
import type { OutputFile } from '@/api/types';
import { Loading } from '@/parts/Loading';
import { ErrorView } from '@/parts/ProblemView';
import { format } from '@/strings';
import { runStrings as s } from '@/strings/run';
import { outputUrl, readPart } from '../../log/origin';
import { kindOf } from '../formats/kind';
import { FitsPreview } from './FitsPreview';
import { ImagePreview } from './ImagePreview';
import { JsonPreview } from './JsonPreview';
import classes from './Preview.module.css';
import { TablePreview } from './TablePreview';
import { TextPreview } from './TextPreview';

export interface PreviewProps {
  run: string;
  file: OutputFile;
  url: URL;
}

const PREVIEWS = {
  image: ImagePreview,
  table: TablePreview,
  json: JsonPreview,
  fits: FitsPreview,
  text: TextPreview,
} as const;

/** A look into a file, without leaving the page and without letting the file do anything. */
export function Preview({ run, file }: { run: string; file: OutputFile }) {
  const kind = kindOf(file.path, file.media_type);
  if (file.bytes === 0) return <p className={classes.note}>{s.preview.empty}</p>;
  if (kind === 'none') return <p className={classes.note}>{s.preview.none}</p>;
  const Shown = PREVIEWS[kind];
  return <Shown run={run} file={file} url={outputUrl(run, file.element, file.path)} />;
}

/** The first `most` bytes of a file, kept by its checksum. */
export function useBeginning({ run, file, url }: PreviewProps, most: number, enabled = true) {
  return useQuery({
    enabled,
    queryKey: [...keys.run(run), 'beginning', file.sha256, most],
    queryFn: ({ signal }) => readPart(url, 0, Math.min(file.bytes, most), signal),
    staleTime: Number.POSITIVE_INFINITY,
    // Megabytes that nobody looks at any more go soon.
    gcTime: 20_000,
  });
}

export function Fetched({
  query,
  children,
}: {
  query: ReturnType<typeof useBeginning>;
  children(bytes: Uint8Array): ReactNode;
}) {
  if (query.error) return <ErrorView error={query.error} retry={query.refetch} />;
  if (!query.data) return <Loading />;
  return children(query.data);
}

export function Note({ children }: { children: ReactNode }) {
  return <p className={classes.note}>{children}</p>;
}

export function Cut({ shown, all }: { shown: number; all: number }) {
  if (shown >= all) return null;
  return <Note>{s.preview.cut(format.bytes(shown), format.bytes(all))}</Note>;
}
