import { once } from 'node:events';
import {
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { text } from 'node:stream/consumers';

/** A whole answer. */
export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

/** Sends a request, over a connection of its own unless an agent is given. */
export async function ask(
  url: string,
  options: RequestOptions = {},
  body?: string,
): Promise<Answer> {
  const request = httpRequest(url, { agent: false, ...options });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return {
    status: response.statusCode!,
    headers: response.headers,
    body: await text(response),
  };
}

/** The body of a good answer, or `undefined`. */
export async function answers(url: string): Promise<string | undefined> {
  return ask(url).then(
    answer => (answer.status === 200 ? answer.body : undefined),
    () => undefined,
  );
}

/** Whether nobody listens there. */
export async function isClosed(url: string): Promise<boolean> {
  return ask(url).then(
    () => false,
    error => error.code === 'ECONNREFUSED',
  );
}
