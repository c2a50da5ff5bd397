import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { keys } from '@/api/queries';
import { Icon } from '@/parts/Icon';
import { ErrorView } from '@/parts/ProblemView';
import { tour as s } from '@/strings/home';
import { readMap, readReport } from './demonstration';
import classes from './Tour.module.css';

export function Result({ find, merge }: { find: string; merge: string }) {
  const report = useQuery({ queryKey: [...keys.run(merge), 'report'], queryFn: () => readReport(merge) });
  const map = useQuery({ queryKey: [...keys.run(find), 'map'], queryFn: () => readMap(find) });
  const picture = useObjectUrl(map.data);
  if (report.error) return <ErrorView error={report.error} retry={report.refetch} />;
  if (!report.data) return null;
  const { passed, matched, injected, found, false: wrong } = report.data;
  return (
    <div className={classes.result}>
      {picture && (
        <figure className={classes.figure}>
          <img src={picture} alt={s.map} width={144} height={144} />
          <figcaption>{s.mapCaption}</figcaption>
        </figure>
      )}
      <div>
        <p className={classes.verdict} data-passed={passed} role="status">
          <Icon name={passed ? 'check' : 'cross'} size={22} />
          {passed ? s.passed : s.notPassed}
        </p>
        <p className={classes.figures}>{s.verdict(matched, injected, wrong.length, found)}</p>
        <p className={classes.stepText}>{s.after}</p>
      </div>
    </div>
  );
}

function useObjectUrl(blob: Blob | undefined): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!blob) return;
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return url;
}
