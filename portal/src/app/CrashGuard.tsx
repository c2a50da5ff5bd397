import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { Empty, Page } from '@/parts/Page';
import { strings } from '@/strings';

/** A page that breaks leaves the frame standing. */
export class CrashGuard extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    return (
      <Page title={strings.crash.title}>
        <Empty title={strings.crash.text} text="">
          <Button onClick={() => location.reload()}>{strings.crash.reload}</Button>
        </Empty>
      </Page>
    );
  }
}
