// Where somebody has to sign in again, or soon will have to.
export const signInAgain = {
  title: 'Sign in again',
  titleSoon: 'Sign in again soon',
  at: (title: string, because: string) => `${title}: ${because}`,
  remedy: 'What needs it waits until then, and goes on by itself.',
  soon: 'It lasts until',
  signIn: (title: string) => `Sign in with ${title}`,
};
