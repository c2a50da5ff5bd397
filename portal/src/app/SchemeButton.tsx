import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { Icon } from '@/parts/Icon';
import { strings } from '@/strings';

export function SchemeButton({ className }: { className: string | undefined }) {
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme('light') === 'dark';
  const label = dark ? strings.scheme.toLight : strings.scheme.toDark;
  return (
    <button
      type="button"
      className={className}
      aria-label={label}
      title={label}
      onClick={() => setColorScheme(dark ? 'light' : 'dark')}
    >
      <Icon name={dark ? 'sun' : 'moon'} />
    </button>
  );
}
