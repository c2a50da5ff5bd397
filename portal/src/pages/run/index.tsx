import { Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from 'wouter';
import { runQuery } from '@/api/queries';
import type { RunDetail } from '@/api/types';
import { Loading } from '@/parts/Loading';
import { Page } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { format } from '@/strings';
import { runStrings as s } from '@/strings/run';
import { Actions } from './Actions';
import { ArrayTab } from './array/ArrayTab';
import { ElementDrawer } from './array/ElementDrawer';
import { Head } from './Head';
import { LogTab } from './log/LogTab';
import { OutputsTab } from './outputs/OutputsTab';
import { ProvenanceTab } from './provenance/ProvenanceTab';
import { Shown } from './Shown';
import { TimelineTab } from './timeline/TimelineTab';
import { TABS, type Tab, usePlace } from './usePlace';
import { plain } from './visible';

export default function RunPage() {
  const { id = '' } = useParams();
  const run = useQuery(runQuery(id));
  if (!run.data) {
    return (
      <Page title={s.title}>{run.isPending ? <Loading /> : <ErrorView error={run.error} retry={run.refetch} />}</Page>
    );
  }
  return <OneRun key={id} run={run.data} />;
}

function OneRun({ run }: { run: RunDetail }) {
  const place = usePlace(run);
  const isArray = run.elements.total > 1;
  const tabs = TABS.filter((tab) => tab !== 'elements' || isArray);
  const panels: Record<Tab, () => React.ReactNode> = {
    elements: () => (
      <ArrayTab run={run} chosen={place.element} onChoose={(index) => place.go({ element: String(index) })} />
    ),
    timeline: () => <TimelineTab run={run} />,
    log: () => (
      <LogTab
        key={place.element ?? 0}
        run={run}
        element={place.element ?? 0}
        stream={place.stream}
        at={place.at}
        onStream={(stream) => place.go({ stream, at: undefined })}
        {...(isArray && { onElement: (index: number) => place.go({ element: String(index), at: undefined }) })}
      />
    ),
    outputs: () => <OutputsTab run={run} chosen={place.file} onChoose={(file) => place.go({ file })} />,
    provenance: () => <ProvenanceTab run={run} />,
  };
  return (
    <Page title={plain(run.name, 80)} heading={<Shown text={run.name} longest={120} />} actions={<Actions run={run} />}>
      <Head run={run} />
      <Tabs
        value={place.tab}
        onChange={(tab) => place.go({ tab: tab ?? undefined })}
        keepMounted={false}
        activateTabWithKeyboard={false}
      >
        <Tabs.List>
          {tabs.map((tab) => (
            <Tabs.Tab key={tab} value={tab}>
              {s.tabs[tab]}
              {tab === 'elements' && s.inBrackets(format.number(run.elements.total))}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map((tab) => (
          <Tabs.Panel key={tab} value={tab} pt="md">
            {tab === place.tab && panels[tab]()}
          </Tabs.Panel>
        ))}
      </Tabs>
      {isArray && place.tab === 'elements' && place.element !== undefined && (
        <ElementDrawer
          run={run}
          index={place.element}
          onClose={() => place.go({ element: undefined })}
          onGo={(index) => place.go({ element: String(index) })}
        />
      )}
    </Page>
  );
}
