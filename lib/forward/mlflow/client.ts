import { TemporaryError } from '../target.js';

/** A server that has not answered after so many seconds counts as down. */
const TIMEOUT = 30;

/** The server refuses the request itself: repeating it is useless. */
export class MlflowError extends Error {
  override readonly name = 'MlflowError';
  /** MLflow's error code, for instance `RESOURCE_DOES_NOT_EXIST`; empty where there is none. */
  readonly code: string;

  constructor(message: string, code = '') {
    super(message);
    this.code = code;
  }
}

/** MLflow's REST interface, with the credentials of MLflow's environment variables. */
export class MlflowClient {
  readonly url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeout: number;

  /** @throws MlflowError for an invalid address. */
  constructor(url: string, env: NodeJS.ProcessEnv = process.env) {
    const { protocol, username, password, origin, pathname } = parsed(url);
    if (protocol !== 'http:' && protocol !== 'https:') {
      throw new MlflowError(`MLflow's address begins with http:// or https://, not ${protocol}//`);
    }
    this.url = `${origin}${pathname.replace(/\/$/, '')}`;
    const user = decodeURIComponent(username) || env.MLFLOW_TRACKING_USERNAME;
    const secret = decodeURIComponent(password) || env.MLFLOW_TRACKING_PASSWORD || '';
    const token = env.MLFLOW_TRACKING_TOKEN;
    const authorization =
      user !== undefined && user !== ''
        ? `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`
        : token !== undefined && token !== ''
          ? `Bearer ${token}`
          : undefined;
    const timeout = Number(env.MLFLOW_HTTP_REQUEST_TIMEOUT);
    this.#timeout = timeout > 0 ? timeout : TIMEOUT;
    this.#headers = {
      'content-type': 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
    };
  }

  get(path: string, query: Readonly<Record<string, string>>): Promise<Answer> {
    return this.#ask(`${path}?${new URLSearchParams(query)}`, { method: 'GET' });
  }

  post(path: string, body: object): Promise<Answer> {
    return this.#ask(path, { method: 'POST', body: JSON.stringify(body) });
  }

  async #ask(path: string, request: RequestInit): Promise<Answer> {
    let status: number;
    let text: string;
    try {
      const response = await fetch(`${this.url}/api/2.0/mlflow/${path}`, {
        ...request,
        headers: this.#headers,
        redirect: 'error',
        signal: AbortSignal.timeout(1000 * this.#timeout),
      });
      status = response.status;
      text = await response.text();
    } catch (error) {
      throw new TemporaryError(`${this.url}: ${reasonOf(error, this.#timeout)}`);
    }
    const answer = objectOf(text);
    if (status === 200 && answer !== undefined) return answer;
    const code = typeof answer?.error_code === 'string' ? answer.error_code : '';
    const message = typeof answer?.message === 'string' ? answer.message : firstLine(text);
    const what = `${this.url} answered ${status} to ${path.split('?')[0]}: ${message}`;
    if (status === 401 || status === 403) {
      throw new MlflowError(
        `${this.url} refuses access (${status}): set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and ` +
          'MLFLOW_TRACKING_PASSWORD',
        code,
      );
    }
    if (status === 429 || status >= 500) throw new TemporaryError(what);
    if (answer === undefined) throw new MlflowError(`${what}; is that an MLflow server?`);
    throw new MlflowError(what, code);
  }
}

/** A JSON object from the server; its members are checked before use. */
export type Answer = Readonly<Record<string, unknown>>;

function parsed(url: string): URL {
  try {
    return new URL(url);
  } catch {
    throw new MlflowError(`"${url}" is not an address: MLflow's is like http://127.0.0.1:5000`);
  }
}

function objectOf(text: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Answer) : undefined;
  } catch {
    return undefined;
  }
}

function firstLine(text: string): string {
  return JSON.stringify(text.split('\n')[0]?.slice(0, 120) ?? '');
}

function reasonOf(error: unknown, timeout: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `it does not answer within ${timeout} s`;
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}
