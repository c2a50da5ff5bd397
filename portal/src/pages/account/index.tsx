import { useQuery } from '@tanstack/react-query';
import { meQuery } from '@/api/queries';
import { Page } from '@/parts/Page';
import { accountStrings as s } from '@/strings/account';

export default function AccountPage() {
  const me = useQuery(meQuery);
  return <Page title={s.title}>{me.data?.name}</Page>;
}
