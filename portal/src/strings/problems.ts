// Problems that arise in the browser; all others are worded by the gateway.
export const problems = {
  /** The heading over the gateway's own words. */
  refused: 'That did not work',
  unreachable: {
    title: 'The gateway cannot be reached',
    detail: 'It did not answer.',
    remedy: 'Check that it is running: `roadstead serve`, or ask its administrator. Your runs go on without it.',
  },
  notUnderstood: (status: number) => ({
    title: 'The answer was not understood',
    detail: `Something between this page and the gateway answered with status ${status}.`,
    remedy: 'Load the page again. If it stays, tell the administrator.',
  }),
  unexpected: {
    title: 'Something in the portal went wrong',
    detail: 'This is a mistake in the page itself, not in your run.',
    remedy: 'Load the page again.',
  },
};
