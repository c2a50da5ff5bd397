import { Accordion } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { keys } from '@/api/queries';
import { Loading } from '@/parts/Loading';
import { ErrorView } from '@/parts/ProblemView';
import { format } from '@/strings';
import { runStrings as s } from '@/strings/run';
import { readPart } from '../../log/origin';
import { Shown } from '../../Shown';
import { FitsMistake, type Hdu, MOST_HDUS, nextHdu, packedAxes, readHdu, textOf } from '../formats/fits';
import { packingOf } from '../formats/fits-packed';
import { FitsImage, packedSource, plainSource, type ReadPart } from './FitsImage';
import { FitsTable } from './FitsTable';
import { Note, type PreviewProps } from './Preview';
import classes from './Preview.module.css';

interface Contents {
  hdus: Hdu[];
  /** Not all of them are here: there are too many, or one is broken. */
  rest: 'many' | 'broken' | undefined;
}

/** All headers, one after the other: each says where the next begins. */
async function contents(url: URL, size: number, signal: AbortSignal): Promise<Contents> {
  const read = (from: number, length: number) => readPart(url, from, Math.min(length, size - from), signal);
  const hdus: Hdu[] = [];
  for (let at = 0; ; ) {
    if (hdus.length >= MOST_HDUS) return { hdus, rest: 'many' };
    let hdu: Hdu | undefined;
    try {
      hdu = await readHdu(read, at, size, hdus.length);
    } catch (error) {
      // The first says what the file is; what is wrong behind it does not hide it.
      if (hdus.length === 0 || !(error instanceof FitsMistake)) throw error;
      return { hdus, rest: 'broken' };
    }
    if (hdu === undefined) return { hdus, rest: undefined };
    hdus.push(hdu);
    at = nextHdu(hdu);
  }
}

export function FitsPreview({ run, file, url }: PreviewProps) {
  const query = useQuery({
    queryKey: [...keys.run(run), 'fits', file.sha256],
    queryFn: ({ signal }) => contents(url, file.bytes, signal),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const [chosen, setChosen] = useState<number>();
  if (query.error instanceof FitsMistake) return <Note>{s.preview.noFits}</Note>;
  if (query.error) return <ErrorView error={query.error} retry={query.refetch} />;
  if (!query.data) return <Loading />;
  const { hdus, rest } = query.data;
  const shown = hdus[chosen ?? -1] ?? hdus.find(isImage) ?? hdus.find((hdu) => hdu.kind !== 'empty') ?? hdus[0];
  if (shown === undefined) return <Note>{s.preview.noFits}</Note>;
  return (
    <div className={classes.fits}>
      <ul className={classes.hdus} aria-label={s.fits.extensions}>
        {hdus.map((hdu) => (
          <li key={hdu.index}>
            <button
              type="button"
              className={classes.hdu}
              aria-pressed={hdu === shown}
              onClick={() => setChosen(hdu.index)}
            >
              <span>{format.number(hdu.index)}</span>
              <Shown text={hdu.name || (hdu.index === 0 ? s.fits.primary : s.fits.unnamed)} longest={40} />
              <span className={classes.soft}>{s.fits.kinds[hdu.kind]}</span>
              <span className={classes.soft}>{sizeOf(hdu)}</span>
            </button>
          </li>
        ))}
        {rest && <li className={classes.note}>{s.fits.rest[rest]}</li>}
      </ul>
      <Data key={shown.index} run={run} file={file} url={url} hdu={shown} />
      <Accordion
        variant="contained"
        key={`header ${shown.index}`}
        defaultValue={shown.kind === 'empty' ? 'header' : null}
      >
        <Accordion.Item value="header">
          <Accordion.Control>{s.fits.header(shown.cards.length)}</Accordion.Control>
          <Accordion.Panel>
            <Header hdu={shown} />
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </div>
  );
}

function Data({ hdu, ...props }: PreviewProps & { hdu: Hdu }) {
  const { url, file } = props;
  const source = useMemo(() => {
    const read: ReadPart = (from, length, signal) =>
      readPart(url, from, Math.max(0, Math.min(length, file.bytes - from)), signal);
    if (hdu.kind === 'image') return plainSource(hdu, read);
    const packed = hdu.kind === 'compressed' ? packing(hdu) : undefined;
    return packed && packedSource(packed, read);
  }, [hdu, url, file.bytes]);
  if (source) return <FitsImage {...props} hdu={hdu} source={source} />;
  if (hdu.kind === 'table') return <FitsTable {...props} hdu={hdu} />;
  if (hdu.kind === 'empty') return <Note>{s.fits.empty}</Note>;
  return <Note>{s.fits.compressed(textOf(hdu.cards, 'ZCMPTYPE') ?? '', pixelsOf(packedAxes(hdu)))}</Note>;
}

/** None for what is packed in a way that is not read here, and for what lies about it. */
function packing(hdu: Hdu) {
  try {
    return packingOf(hdu);
  } catch (error) {
    if (error instanceof FitsMistake) return undefined;
    throw error;
  }
}

const pixelsOf = (axes: number[]): string => axes.map((length) => format.number(length)).join(s.fits.times);

const isImage = (hdu: Hdu): boolean => hdu.kind === 'image' || hdu.kind === 'compressed';

function sizeOf(hdu: Hdu): string {
  if (hdu.kind === 'table') return s.fits.rows(hdu.axes[1] ?? 0);
  if (hdu.kind === 'compressed') return pixelsOf(packedAxes(hdu));
  return hdu.kind === 'image' ? pixelsOf(hdu.axes) : '';
}

function Header({ hdu }: { hdu: Hdu }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reachable with keys
    <section className={classes.cards} tabIndex={0} aria-label={s.fits.header(hdu.cards.length)}>
      <table>
        <thead>
          <tr>
            <th scope="col">{s.fits.keyword}</th>
            <th scope="col">{s.fits.value}</th>
            <th scope="col">{s.fits.comment}</th>
          </tr>
        </thead>
        <tbody>
          {hdu.cards.map((card, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: cards have no identity but their place
            <tr key={index}>
              <th scope="row">
                <Shown text={card.key} />
              </th>
              <td>
                <Shown text={card.value} />
              </td>
              <td>
                <Shown text={card.comment} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {hdu.cut && <Note>{s.fits.cut}</Note>}
    </section>
  );
}
