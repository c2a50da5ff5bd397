import { TextInput } from '@mantine/core';
import { offersStrings } from '@/strings/offers';
import classes from './Form.module.css';

interface Props {
  label: string;
  /** As typed; empty: the usual, which is the first of the steps. */
  value: string;
  set(text: string): void;
  error: string | undefined;
  /** From the usual on, each with what it counts. */
  steps: readonly Step[];
  /** What the text counts, in the same units as the steps; nothing when it cannot be read. */
  read(text: string): number | undefined;
}

export interface Step {
  text: string;
  count: number;
}

/** How much of something: typed exactly, or by the steps of a slider. */
export function Amount({ label, value, set, error, steps, read }: Props) {
  const usual = steps[0]?.text ?? '';
  const count = value === '' ? steps[0]?.count : read(value);
  const reached = steps.findIndex((step) => count !== undefined && step.count >= count);
  const position = count === undefined ? 0 : reached < 0 ? steps.length - 1 : reached;
  return (
    <div className={classes.amount}>
      <TextInput
        label={label}
        placeholder={usual}
        value={value}
        onChange={(event) => set(event.currentTarget.value)}
        error={error}
        maxLength={40}
        autoComplete="off"
        spellCheck={false}
      />
      <input
        type="range"
        className={classes.slider}
        aria-label={offersStrings.form.slider(label)}
        aria-valuetext={value === '' ? usual : value}
        min={0}
        max={steps.length - 1}
        value={position}
        onChange={(event) => {
          const step = steps[Number(event.currentTarget.value)];
          set(step === undefined || step.text === usual ? '' : step.text);
        }}
      />
    </div>
  );
}
