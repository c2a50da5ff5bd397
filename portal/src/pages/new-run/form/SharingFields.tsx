import { useQuery } from '@tanstack/react-query';
import { communitiesQuery, teamsQuery } from '@/api/queries';
import { newRunStrings } from '@/strings/new-run';
import classes from './Form.module.css';
import { TextField } from './TextField';

const s = newRunStrings.form.more;

/** In whose name it runs, and who else may see it: the person's own communities and teams are offered. */
export function SharingFields() {
  const communities = new Set((useQuery(communitiesQuery).data?.items ?? []).map((one) => one.community));
  const teams = useQuery(teamsQuery).data?.items ?? [];
  const isAmbiguous = (name: string) => teams.filter((team) => team.name === name).length > 1;
  return (
    <>
      <div className={classes.grid}>
        <TextField
          path={['where', 'community']}
          label={s.community}
          hint={s.communityHint}
          list="new-run-communities"
        />
        <TextField path={['share_with']} label={s.team} hint={s.teamHint} list="new-run-teams" />
      </div>
      <datalist id="new-run-communities">
        {[...communities].map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <datalist id="new-run-teams">
        {teams.map(({ id, name, community }) => (
          <option key={id} value={isAmbiguous(name) ? id : name}>
            {community}
          </option>
        ))}
      </datalist>
    </>
  );
}
