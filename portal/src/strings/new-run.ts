export const newRunStrings = { title: 'New run', services: 'Services that could run it' };
