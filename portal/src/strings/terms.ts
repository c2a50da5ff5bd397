// The terms of use that a gateway may ask everybody to accept.
export const terms = {
  title: 'Terms of use',
  owed: 'Before you start anything here, accept the terms of use.',
  read: 'Read them',
  lead: 'Once you accept them you can start runs and upload files. Until then you can look, cancel and delete.',
  version: (version: string) => `Version ${version}.`,
  accept: 'I accept them',
  accepted: 'You accepted them',
  none: 'This gateway asks for none',
  noneText: 'Nothing has to be accepted here.',
  next: 'New run',
  home: 'Go to Home',
  start: 'Accept the terms of use first.',
};
