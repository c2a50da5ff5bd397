// All that is known to be wrong with a request, one entry for each field.
import type { FieldMistake } from './read';

/** Of several lists the first that says something about a field is right: it saw it first. */
export function merge(...lists: FieldMistake[][]): FieldMistake[] {
  const found = new Map<string, FieldMistake>();
  for (const mistake of lists.flat()) {
    if (!found.has(mistake.field)) found.set(mistake.field, mistake);
  }
  return [...found.values()];
}

/** Puts the cursor where the mistake is: into its field, or into the field's surroundings. */
export function goTo(field: string): void {
  for (let at = field; at !== ''; at = at.slice(0, Math.max(at.lastIndexOf('.'), at.lastIndexOf('['), 0))) {
    const there = document.querySelector<HTMLElement>(`[data-field="${CSS.escape(at)}"]`);
    if (there) {
      const inner = there.matches('input, textarea, select, [tabindex]')
        ? there
        : there.querySelector<HTMLElement>('input');
      (inner ?? there).focus();
      there.scrollIntoView({ block: 'center', behavior: 'smooth' });
      return;
    }
  }
}
