import { Button, Checkbox, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { sshKeysQuery } from '@/api/queries';
import { machinesStrings } from '@/strings/machines';
import { plain } from '../../run/visible';
import { recipesQuery } from '../queries';
import classes from './Make.module.css';
import type { More } from './request';

const s = machinesStrings.form;

interface Props {
  more: More;
  setMore(more: More): void;
  mistakes: Record<string, string>;
  busy: boolean;
  repeating: boolean;
  disabled: boolean;
  submit(): void;
}

type Text = Exclude<keyof More, 'keys' | 'pilot'>;

/** What does not change where a machine can be had, and the button that makes it. */
export function MoreForm({ more, setMore, mistakes, busy, repeating, disabled, submit }: Props) {
  const recipes = useQuery(recipesQuery).data?.items ?? [];
  const recipe = recipes.find((one) => one.name === more.recipe);
  const text = (name: Text) => ({
    value: more[name] ?? '',
    onChange: (event: React.ChangeEvent<HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>) => {
      const { [name]: _, ...rest } = more;
      const { value } = event.currentTarget;
      setMore(value === '' ? rest : { ...rest, [name]: value });
    },
    error: mistakes[name],
  });
  return (
    <form
      className={classes.form}
      aria-label={s.after}
      onSubmit={(event) => {
        event.preventDefault();
        if (!disabled) submit();
      }}
    >
      <div className={classes.fields}>
        <TextInput label={s.name} placeholder={s.nameHint} {...text('name')} maxLength={120} autoComplete="off" />
        <TextInput label={s.ports} placeholder={s.portsHint} {...text('open')} maxLength={400} autoComplete="off" />
        <TextInput
          label={s.lifetime}
          placeholder={s.lifetimeHint}
          {...text('lifetime')}
          maxLength={40}
          autoComplete="off"
        />
        <TextInput
          label={s.wait}
          placeholder={s.waitHint}
          {...text('wait_for_offer')}
          maxLength={40}
          autoComplete="off"
        />
        {recipes.length > 0 && (
          <NativeSelect
            label={s.recipe}
            data={[
              { value: '', label: s.noRecipe },
              ...recipes.map(({ name, title }) => ({ value: name, label: plain(title ?? name, 60) })),
            ]}
            description={recipe && plain(s.recipeSays(recipe.systems, recipe.packages), 200)}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            {...text('recipe')}
          />
        )}
      </div>
      <Checkbox
        label={s.pilot}
        description={s.pilotHint}
        checked={more.pilot ?? false}
        onChange={(event) => {
          const { pilot: _, ...rest } = more;
          setMore(event.currentTarget.checked ? { ...rest, pilot: true } : rest);
        }}
      />
      <Keys more={more} setMore={setMore} error={mistakes.keys} />
      <details className={classes.folded}>
        <summary>{s.cloudInit}</summary>
        <Textarea
          aria-label={s.cloudInit}
          placeholder={s.cloudInitHint}
          {...text('cloud_init')}
          autosize
          minRows={4}
          maxRows={20}
          maxLength={32_768}
          spellCheck={false}
          classNames={{ input: classes.code ?? '' }}
        />
      </details>
      <div className={classes.last}>
        <Button type="submit" loading={busy} disabled={disabled}>
          {s.make}
        </Button>
        <span role="status" className={classes.soft}>
          {repeating && s.repeating}
        </span>
      </div>
    </form>
  );
}

function Keys({ more, setMore, error }: Pick<Props, 'more' | 'setMore'> & { error: string | undefined }) {
  const query = useQuery(sshKeysQuery);
  const names = (query.data?.items ?? []).map((key) => key.name);
  if (query.data && names.length === 0) {
    return (
      <p className={classes.soft}>
        {s.noKeys} <Link to="/account">{s.addKey}</Link>
      </p>
    );
  }
  if (names.length === 0) return null;
  const { keys: chosen = [], ...rest } = more;
  const choose = (keys: string[]) => setMore(keys.length > 0 ? { ...rest, keys } : rest);
  return (
    <Checkbox.Group label={s.keys} description={s.allKeys} value={chosen} onChange={choose} error={error}>
      <div className={classes.keys}>
        {names.map((name) => (
          <Checkbox key={name} size="xs" value={name} label={plain(name, 60)} />
        ))}
      </div>
    </Checkbox.Group>
  );
}
