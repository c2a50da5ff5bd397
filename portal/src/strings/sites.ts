export const sitesStrings = { title: 'Sites' };
