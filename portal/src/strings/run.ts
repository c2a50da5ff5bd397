export const runStrings = { title: 'Run' };
