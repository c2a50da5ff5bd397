import { useEffect, useState } from 'react';
import { format } from '@/strings';
import { runStrings as s } from '@/strings/run';
import { plain } from '../../visible';
import { imageSize, imageType } from '../formats/kind';
import { Fetched, Note, type PreviewProps, useBeginning } from './Preview';
import classes from './Preview.module.css';

const MOST_BYTES = 32 << 20;
/** Decoded, a pixel is four bytes: an image of a few kilobytes may say that it has billions. */
const MOST_PIXELS = 80e6;

export function ImagePreview(props: PreviewProps) {
  const { file } = props;
  const query = useBeginning(props, MOST_BYTES, file.bytes <= MOST_BYTES);
  if (file.bytes > MOST_BYTES)
    return <Note>{s.preview.tooLarge(format.bytes(file.bytes), format.bytes(MOST_BYTES))}</Note>;
  return <Fetched query={query}>{(bytes) => <Picture bytes={bytes} path={file.path} />}</Fetched>;
}

function Picture({ bytes, path }: { bytes: Uint8Array; path: string }) {
  const [url, setUrl] = useState<string>();
  const [broken, setBroken] = useState(false);
  const type = imageType(bytes);
  const size = type && imageSize(bytes);
  const isFine = size !== undefined && size.width * size.height <= MOST_PIXELS;
  useEffect(() => {
    if (!isFine || type === undefined) return;
    const made = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes, type, isFine]);

  if (size === undefined || broken) return <Note>{s.preview.noImage}</Note>;
  const said = s.preview.pixels(format.number(size.width), format.number(size.height));
  if (!isFine) return <Note>{s.preview.tooManyPixels(said)}</Note>;
  return (
    <figure className={classes.figure}>
      {url && <img src={url} alt={plain(path)} className={classes.image} onError={() => setBroken(true)} />}
      <figcaption className={classes.note}>{said}</figcaption>
    </figure>
  );
}
