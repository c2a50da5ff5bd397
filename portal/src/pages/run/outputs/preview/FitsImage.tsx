import { NativeSelect, Slider } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { keys } from '@/api/queries';
import type { OutputFile } from '@/api/types';
import { Loading } from '@/parts/Loading';
import { ErrorView } from '@/parts/ProblemView';
import { format } from '@/strings';
import { runStrings as s } from '@/strings/run';
import { breathe } from '../../breathe';
import { plain } from '../../visible';
import {
  decodePlane,
  FitsMistake,
  type Hdu,
  numberOf,
  type Plane,
  planeBytes,
  planesOf,
  textOf,
} from '../formats/fits';
import { type Packed, unpackPlane } from '../formats/fits-packed';
import { cutsOf, paint, type Stretch } from '../formats/stretch';
import { Note } from './Preview';
import classes from './Preview.module.css';

/** A plane that is longer than this is not fetched for a look. */
const MOST_BYTES = 64 << 20;
const MOST_PIXELS_A_SIDE = 900;

interface Props {
  run: string;
  file: OutputFile;
  hdu: Hdu;
  source: Source;
}

/** Where the planes of an image come from. */
export interface Source {
  axes: number[];
  planes: number;
  /** Of a plane, before it is thinned. */
  bytes: number;
  plane(which: number, most: number, signal: AbortSignal): Promise<Plane>;
}

export function plainSource(hdu: Hdu, read: ReadPart): Source {
  const bytes = planeBytes(hdu);
  return {
    axes: hdu.axes,
    planes: planesOf(hdu),
    bytes,
    plane: async (which, most, signal) =>
      breathe(decodePlane(hdu, await read(hdu.dataAt + which * bytes, bytes, signal), most), signal),
  };
}

export function packedSource(packed: Packed, read: ReadPart): Source {
  const [width = 0, height = 0, ...others] = packed.axes;
  return {
    axes: packed.axes,
    planes: others.reduce((product, length) => product * length, 1),
    bytes: (width * height * Math.abs(packed.bitpix)) / 8,
    plane: (which, most, signal) =>
      unpackPlane(packed, which, (from, length) => read(from, length, signal), most, signal),
  };
}

export type ReadPart = (from: number, length: number, signal: AbortSignal) => Promise<Uint8Array>;

export function FitsImage({ run, file, hdu, source }: Props) {
  const { planes, bytes } = source;
  const [plane, setPlane] = useState(0);
  const [wanted] = useDebouncedValue(plane, 120);
  const [stretch, setStretch] = useState<Stretch>('zscale');
  const [curve, setCurve] = useState<'linear' | 'asinh'>('linear');
  const fits = bytes <= MOST_BYTES;
  const query = useQuery({
    queryKey: [...keys.run(run), 'plane', file.sha256, hdu.index, wanted],
    enabled: fits,
    queryFn: ({ signal }) => source.plane(wanted, MOST_PIXELS_A_SIDE, signal),
    retry: (failures, error) => failures < 2 && !(error instanceof FitsMistake),
    // While another plane is fetched the last one stays: nothing jumps.
    placeholderData: (before) => before,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 20_000,
  });
  if (!fits) return <Note>{s.preview.tooLarge(format.bytes(bytes), format.bytes(MOST_BYTES))}</Note>;
  if (query.error instanceof FitsMistake) return <Note>{s.fits.badImage}</Note>;
  if (query.error) return <ErrorView error={query.error} retry={query.refetch} />;
  return (
    <div className={classes.fitsImage}>
      <div className={classes.fitsTools}>
        <NativeSelect
          size="xs"
          label={s.fits.stretch}
          value={stretch}
          onChange={(event) => setStretch(event.currentTarget.value as Stretch)}
          data={(['zscale', 'percentile', 'full'] as const).map((value) => ({ value, label: s.fits.stretches[value] }))}
        />
        <NativeSelect
          size="xs"
          label={s.fits.curve}
          value={curve}
          onChange={(event) => setCurve(event.currentTarget.value as 'linear' | 'asinh')}
          data={(['linear', 'asinh'] as const).map((value) => ({ value, label: s.fits.curves[value] }))}
        />
        {planes > 1 && (
          <div className={classes.planes}>
            <span id="fits-plane">{s.fits.plane(plane + 1, planes)}</span>
            <Slider
              value={plane}
              onChange={setPlane}
              min={0}
              max={planes - 1}
              label={(value) => format.number(value + 1)}
              thumbProps={{ 'aria-labelledby': 'fits-plane' }}
            />
          </div>
        )}
      </div>
      {query.data ? (
        <Drawing plane={query.data} stretch={stretch} curve={curve} hdu={hdu} axes={source.axes} path={file.path} />
      ) : (
        <Loading />
      )}
    </div>
  );
}

interface DrawingProps {
  plane: Plane;
  stretch: Stretch;
  curve: 'linear' | 'asinh';
  hdu: Hdu;
  axes: number[];
  path: string;
}

function Drawing({ plane, stretch, curve, hdu, axes, path }: DrawingProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const cuts = useMemo(() => cutsOf(plane.values, stretch), [plane, stretch]);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context || !cuts) return;
    const pixels = paint(plane.values, plane.width, plane.height, cuts, curve);
    context.putImageData(new ImageData(pixels, plane.width, plane.height), 0, 0);
  }, [plane, cuts, curve]);
  if (cuts === undefined) return <Note>{s.fits.blank}</Note>;
  const unit = textOf(hdu.cards, 'BUNIT') ?? '';
  const [columns = 0, rows = 0] = axes;
  const thinned = plane.width < columns;
  return (
    <figure className={classes.figure}>
      <canvas
        ref={canvas}
        key={`${plane.width} ${plane.height}`}
        width={plane.width}
        height={plane.height}
        className={classes.canvas}
        role="img"
        aria-label={s.fits.image(plain(path), format.number(columns), format.number(rows))}
      />
      <figcaption className={classes.note}>
        {s.fits.cuts(short(cuts.low), short(cuts.high), plain(unit, 30))}
        {thinned && ` ${s.fits.thinned}`}
        {numberOf(hdu.cards, 'BSCALE', 1) !== 1 && ` ${s.fits.scaled}`}
      </figcaption>
    </figure>
  );
}

const short = (value: number): string => (value === 0 ? '0' : Number(value.toPrecision(4)).toString());
