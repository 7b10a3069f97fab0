// The little of the Docker Engine API that the scripts need, over its socket.
import { request as httpRequest } from 'node:http';

/** An answer of the engine that is an error. */
export class EngineAnswer extends Error {
  constructor(status, message) {
    super(message);
    this.name = 'EngineAnswer';
    this.status = status;
  }
}

/** Splits a DOCKER_HOST into what node:http wants; undefined if remote. */
export function connection(host) {
  if (host.startsWith('unix://')) {
    return { socketPath: host.slice('unix://'.length) };
  }
  const local =
    /^(?:tcp|http):\/\/(127\.0\.0\.1|localhost|\[::1\]):(\d+)\/?$/.exec(host);
  return local ? { host: local[1], port: Number(local[2]) } : undefined;
}

export class Docker {
  #connection;

  constructor(host) {
    this.host = host;
    this.#connection = connection(host);
  }

  /**
   * Sends a request and returns the response as a stream once its status is
   * good. `body` is a buffer, a stream, or an object that is sent as JSON.
   */
  open(method, path, { query = {}, body, headers = {}, signal } = {}) {
    const search = new URLSearchParams(
      Object.entries(query)
        .filter(([, value]) => value !== undefined)
        .flatMap(([name, value]) => [value].flat().map(one => [name, one])),
    );
    const isJson = body?.constructor === Object;
    return new Promise((resolve, reject) => {
      const request = httpRequest({
        ...this.#connection,
        method,
        path: `${path}?${search}`,
        headers: {
          ...(isJson ? { 'content-type': 'application/json' } : {}),
          ...headers,
        },
        signal,
      });
      request.once('error', reject);
      request.once('response', response => {
        if (response.statusCode < 400) {
          resolve(response);
          return;
        }
        readAll(response).then(text => {
          let message = text;
          try {
            message = JSON.parse(text).message;
          } catch {
            // some answers are plain text
          }
          reject(new EngineAnswer(response.statusCode, message));
        }, reject);
      });
      if (typeof body?.pipe === 'function') {
        body.once('error', error => request.destroy(error));
        body.pipe(request);
      } else {
        request.end(isJson ? JSON.stringify(body) : body);
      }
    });
  }

  /** Sends a request and returns its answer, parsed if it is JSON. */
  async call(method, path, options) {
    const response = await this.open(method, path, options);
    const text = await readAll(response);
    const isJson = response.headers['content-type']?.includes('json');
    return isJson && text ? JSON.parse(text) : text;
  }

  /**
   * Sends a request whose answer is a stream of JSON lines (build, pull, load)
   * and calls `onLine` with each. The engine reports a failure in a line.
   */
  async follow(method, path, { onLine = () => {}, ...options }) {
    const response = await this.open(method, path, options);
    response.setEncoding('utf8');
    let rest = '';
    for await (const chunk of response) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop();
      for (const line of lines.filter(text => text.trim())) {
        const item = JSON.parse(line);
        if (item.error) {
          throw new EngineAnswer(response.statusCode, item.error);
        }
        onLine(item);
      }
    }
  }

  ping() {
    return this.call('GET', '/_ping', { signal: AbortSignal.timeout(3_000) });
  }

  version() {
    return this.call('GET', '/version', { signal: AbortSignal.timeout(5_000) });
  }
}

async function readAll(stream) {
  const chunks = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
