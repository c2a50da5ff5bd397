import { Button } from '@mantine/core';
import { Link } from 'wouter';
import { Empty, Page } from '@/parts/Page';
import { strings } from '@/strings';

export function NotFoundPage() {
  return (
    <Page title={strings.notFound.title}>
      <Empty title={strings.notFound.text} text="">
        <Button component={Link} to="/">
          {strings.notFound.home}
        </Button>
      </Empty>
    </Page>
  );
}
