// How a file is shown, by the ending of its name: what a file says about itself is not to be trusted further than that.
// What runs scripts in a page of its own (HTML, SVG) is text here.

export type Kind = 'image' | 'table' | 'json' | 'fits' | 'text' | 'none';

const KINDS: [Kind, RegExp][] = [
  ['image', /\.(png|jpe?g)$/i],
  ['table', /\.(csv|tsv|tab)$/i],
  ['json', /\.(json|geojson|jsonld)$/i],
  ['fits', /\.(fits|fit|fts)$/i],
  [
    'text',
    /\.(txt|text|log|out|err|md|rst|tex|bib|xml|vot|html?|svg|ya?ml|toml|ini|cfg|conf|py|ipynb|sh|r|jl|c|h|cpp|hpp|rs|go|js|ts|css|sql|ndjson|jsonl|dat|asc|ascii|reg|cat|list|lis|diff|patch|nf|cwl|smk)$/i,
  ],
];

export function kindOf(path: string, mediaType: string): Kind {
  const name = path.slice(path.lastIndexOf('/') + 1);
  for (const [kind, ending] of KINDS) if (ending.test(name)) return kind;
  if (mediaType.startsWith('text/') || !name.includes('.')) return 'text';
  return 'none';
}

/** The type under which an image is given to the browser: ours, never the file's. Undefined when the bytes are neither. */
export function imageType(bytes: Uint8Array): 'image/png' | 'image/jpeg' | undefined {
  const begins = (...start: number[]) => start.every((byte, i) => bytes[i] === byte);
  if (begins(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'image/png';
  if (begins(0xff, 0xd8, 0xff)) return 'image/jpeg';
  return undefined;
}

/** What an image says of its size: a small file may unfold to gigabytes. */
export function imageSize(bytes: Uint8Array): { width: number; height: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (imageType(bytes) === 'image/png') {
    return bytes.length < 24 ? undefined : { width: view.getUint32(16), height: view.getUint32(20) };
  }
  let at = 2;
  while (at + 9 < bytes.length) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] ?? 0;
    // Start of frame, in all its kinds; C4, C8 and CC are something else.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    }
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}
