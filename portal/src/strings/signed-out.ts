export const signedOut = {
  title: 'Sign in',
  entering: 'Signing in…',
  lead: 'You enter with a link that works once. Ask for one where the gateway runs:',
  command: 'roadstead open',
  after: 'It opens this page in your browser, signed in. No password is needed on your own computer.',
  failed: 'This link does not work any more',
  failedText: 'A link works once, and for one minute.',
  ended: 'Your session has ended',
  endedText: 'It was ended elsewhere, or it expired. Your runs go on.',
  left: 'You are signed out',
  leftText: 'Your runs go on. Nothing of your session is left in this browser.',
};
