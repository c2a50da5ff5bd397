export const accountStrings = { title: 'Account' };
