// What can be wrong with an issuer, on demand.
import { setTimeout as pause } from 'node:timers/promises';
import { answer } from './http.js';

// True when the request got what the outage gives.
export async function suffer(instance, path, response) {
  const { outage } = instance;
  if (!outage || !path.includes(outage.path)) return false;
  switch (outage.mode) {
    case '503':
      answer(response, 503, { error: 'temporarily_unavailable' });
      return true;
    case 'slow_down':
      answer(response, 400, { error: 'slow_down' });
      return true;
    case 'slow':
      await pause(3000);
      return false;
    case 'hang':
      return true;
    case 'cut':
      response.destroy();
      return true;
    default:
      throw new Error(`no such outage: ${outage.mode}`);
  }
}
