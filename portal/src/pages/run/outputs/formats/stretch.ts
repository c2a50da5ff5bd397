// Between which values an image is drawn: most of a picture of the sky is noise around one level, and a linear scale
// from the lowest to the highest value shows nothing of it.

export type Stretch = 'zscale' | 'percentile' | 'full';

export interface Cuts {
  low: number;
  high: number;
}

const SAMPLES = 10_000;

/** Undefined when nothing in it is a number. */
export function cutsOf(values: Float32Array, stretch: Stretch): Cuts | undefined {
  const sample = sorted(values, stretch === 'full' ? values.length : SAMPLES);
  if (sample.length === 0) return undefined;
  const at = (part: number) => sample[Math.round((sample.length - 1) * part)] ?? 0;
  if (stretch === 'full') return widened(extremes(sample));
  if (stretch === 'percentile') return widened({ low: at(0.005), high: at(0.995) });
  return widened(zscale(sample));
}

/** The values that are numbers, thinned, ascending; for the extremes the order is not needed. */
function sorted(values: Float32Array, most: number): Float32Array {
  const step = Math.max(1, Math.floor(values.length / most));
  const found = new Float32Array(Math.ceil(values.length / step));
  let count = 0;
  for (let i = 0; i < values.length; i += step) {
    const value = values[i] ?? Number.NaN;
    if (Number.isFinite(value)) found[count++] = value;
  }
  const sample = found.subarray(0, count);
  return step === 1 && values.length > 4 * SAMPLES ? sample : sample.sort();
}

function extremes(sample: Float32Array): Cuts {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of sample) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

/** IRAF's: a line through the sorted values, without those far off it; its slope, steepened by the contrast. */
function zscale(sample: Float32Array): Cuts {
  const count = sample.length;
  const low = sample[0] ?? 0;
  const high = sample[count - 1] ?? 0;
  const middle = (count - 1) / 2;
  const median = sample[Math.round(middle)] ?? 0;
  const kept = new Uint8Array(count).fill(1);
  let left = count;
  let slope = 0;
  for (let round = 0; round < 5; round++) {
    const fit = fitLine(sample, kept);
    slope = fit.slope;
    let outside = 0;
    for (let i = 0; i < count; i++) {
      if (kept[i] === 0) continue;
      if (Math.abs((sample[i] ?? 0) - (fit.intercept + slope * i)) > 2.5 * fit.deviation) {
        kept[i] = 0;
        outside += 1;
      }
    }
    left -= outside;
    if (outside === 0 || left < Math.max(5, count / 2)) break;
  }
  if (left < Math.max(5, count / 2)) return { low, high };
  const contrast = 0.25;
  return {
    low: Math.max(low, median - (middle * slope) / contrast),
    high: Math.min(high, median + (middle * slope) / contrast),
  };
}

function fitLine(sample: Float32Array, kept: Uint8Array): { slope: number; intercept: number; deviation: number } {
  let [n, sx, sy, sxx, sxy] = [0, 0, 0, 0, 0];
  for (let i = 0; i < sample.length; i++) {
    if (kept[i] === 0) continue;
    const y = sample[i] ?? 0;
    n += 1;
    sx += i;
    sy += y;
    sxx += i * i;
    sxy += i * y;
  }
  const slope = (n * sxy - sx * sy) / (n * sxx - sx * sx || 1);
  const intercept = (sy - slope * sx) / (n || 1);
  let squares = 0;
  for (let i = 0; i < sample.length; i++) {
    if (kept[i] !== 0) squares += ((sample[i] ?? 0) - intercept - slope * i) ** 2;
  }
  return { slope, intercept, deviation: Math.sqrt(squares / (n || 1)) };
}

function widened({ low, high }: Cuts): Cuts {
  return high > low ? { low, high } : { low: low - 0.5, high: high + 0.5 };
}

/** The plane as grey pixels, its first row at the bottom; what is no number is transparent. */
export function paint(values: Float32Array, width: number, height: number, cuts: Cuts, curve: 'linear' | 'asinh') {
  const pixels = new Uint8ClampedArray(width * height * 4);
  const range = cuts.high - cuts.low;
  for (let y = 0; y < height; y++) {
    const row = (height - 1 - y) * width;
    for (let x = 0; x < width; x++) {
      const value = values[y * width + x] ?? Number.NaN;
      const at = (row + x) * 4;
      if (Number.isNaN(value)) continue;
      const part = Math.min(1, Math.max(0, (value - cuts.low) / range));
      const grey = 255 * (curve === 'linear' ? part : Math.asinh(part * 10) / Math.asinh(10));
      pixels[at] = grey;
      pixels[at + 1] = grey;
      pixels[at + 2] = grey;
      pixels[at + 3] = 255;
    }
  }
  return pixels;
}
