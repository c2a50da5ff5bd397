// The catalogue. Every text on screen comes from here: one file for the frame and one for each page, so that a page's
// words are loaded with the page. Another language is the same set of files with the same types.
import { common } from './common';
import { problems } from './problems';

export const strings = { ...common, problems };
export * as format from './format';
