// Long work in short slices: keys and scrolling come in between.

const SLICE = 12;

const pause = () => new Promise<void>((go) => window.setTimeout(go));

/** Carries the steps out; answers what they return. Stops with the signal's reason. */
export async function breathe<T>(steps: Generator<undefined, T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    const until = performance.now() + SLICE;
    do {
      const step = steps.next();
      if (step.done) return step.value;
    } while (performance.now() < until);
    await pause();
    signal.throwIfAborted();
  }
}
