// The portal's API for scripts, as a guest: what any other client can do too.
// The document is plugins/workspaces-backend/src/schema/openapi.yaml.

/** An answer of the portal that is an error. */
export class PortalAnswer extends Error {
  constructor(status, name, message) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

/** Splits a text/event-stream into its blocks as they become complete. */
export async function* readEvents(chunks) {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split(
      /\r?\n\r?\n/,
    );
    rest = blocks.pop();
    for (const block of blocks) {
      const fields = block
        .split(/\r?\n/)
        .map(line => /^(\w+): ?(.*)$/.exec(line))
        .filter(Boolean)
        .map(([, name, value]) => [name, value]);
      if (fields.length > 0) {
        yield Object.fromEntries(fields);
      }
    }
  }
}

export class PortalClient {
  #address;
  #token;

  constructor(address) {
    this.#address = address;
  }

  async #send(path, options) {
    const response = await fetch(`${this.#address}${path}`, options);
    if (!response.ok) {
      const text = await response.text();
      let error;
      try {
        ({ error } = JSON.parse(text));
      } catch {
        // a proxy's page, or nothing
      }
      throw new PortalAnswer(
        response.status,
        error?.name ?? response.statusText,
        error?.message ?? text.slice(0, 300),
      );
    }
    return response;
  }

  /** Signs in as the guest. */
  async signIn(signal) {
    const response = await this.#send('/api/auth/guest/refresh', {
      method: 'POST',
      signal,
    });
    this.#token = (await response.json()).backstageIdentity.token;
  }

  #open(method, path, { headers, ...options } = {}) {
    return this.#send(`/api/workspaces${path}`, {
      method,
      ...options,
      headers: { authorization: `Bearer ${this.#token}`, ...headers },
    });
  }

  /** Calls an operation of the API; `body` is sent as JSON. */
  async call(method, path, { body, signal } = {}) {
    const response = await this.#open(method, path, {
      signal,
      ...(body && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
    return response.status === 204 ? undefined : response.json();
  }

  /** Uploads an archive and returns its description. */
  async upload(filename, archive, signal) {
    const query = new URLSearchParams({ filename });
    const response = await this.#open('POST', `/sources?${query}`, {
      body: archive,
      headers: { 'content-type': 'application/octet-stream' },
      signal,
    });
    return response.json();
  }

  /** The events of a topic, from the one after `lastEventId` on. */
  async *events(topic, { lastEventId, signal }) {
    const query = new URLSearchParams({ topics: topic });
    const response = await this.#open('GET', `/stream?${query}`, {
      headers: {
        accept: 'text/event-stream',
        ...(lastEventId && { 'last-event-id': lastEventId }),
      },
      signal,
    });
    yield* readEvents(response.body);
  }
}
