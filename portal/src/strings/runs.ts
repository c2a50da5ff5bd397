export const runsStrings = { title: 'Runs' };
