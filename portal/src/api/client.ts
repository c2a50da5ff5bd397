// The only way to the gateway: typed by the committed description of its API.
import createClient from 'openapi-fetch';
import { strings } from '@/strings';
import type { paths } from './schema.gen';
import type { Problem } from './types';

/** Where the portal lives; may be below a prefix, so nothing is ever addressed from the root of the host. */
export const home = new URL('./', document.baseURI);

/** For what is not fetched by `api`: links to downloads, the event stream. `apiUrl('runs/x/crate')`. */
export function apiUrl(path: string): URL {
  return new URL(`api/v1/${path}`, home);
}

export const api = createClient<paths>({ baseUrl: home.href.replace(/\/$/, ''), credentials: 'same-origin' });

/** What an answer that is no success becomes. `problem` is written for people: show it with `ProblemView`. */
export class ApiError extends Error {
  constructor(
    readonly problem: Problem,
    /** The answer's status; 0 when there was no answer. */
    readonly status: number,
    /** The request's identifier, to find it in the gateway's log. */
    readonly instance?: string,
  ) {
    super(problem.detail);
    this.name = 'ApiError';
  }
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of an answer, or an `ApiError`: `await answer(api.GET('/api/v1/me'))`. */
export async function answer<T>(asked: Promise<Answer<T>>): Promise<T> {
  let got: Answer<T>;
  try {
    got = await asked;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError(strings.problems.unreachable, 0);
  }
  if (got.response.ok) return got.data as T;
  throw asError(got.error, got.response);
}

/** The same for a plain `fetch`. */
export async function answered(asked: Promise<Response>): Promise<Response> {
  let response: Response;
  try {
    response = await asked;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError(strings.problems.unreachable, 0);
  }
  if (response.ok) return response;
  throw asError(await response.json().catch(() => undefined), response);
}

function asError(body: unknown, response: Response): ApiError {
  if (isProblem(body)) return new ApiError(body, response.status, body.instance);
  return new ApiError(strings.problems.notUnderstood(response.status), response.status);
}

function isProblem(body: unknown): body is Problem & { instance?: string } {
  return typeof body === 'object' && body !== null && 'code' in body && 'remedy' in body && 'detail' in body;
}

/** Any thrown thing as a problem to show. */
export function problemOf(error: unknown): Problem {
  return error instanceof ApiError ? error.problem : strings.problems.unexpected;
}
