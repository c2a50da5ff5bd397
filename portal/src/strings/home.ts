export const homeStrings = { title: 'Home', active: 'Running now' };
