import { stripVTControlCharacters } from 'node:util';
import type { PortalClient } from './client';

interface TaskEvent {
  id: number;
  type: 'log' | 'completion' | 'cancelled' | 'recovered';
  body: {
    message: string;
    stepId?: string;
    output?: TaskOutput;
    error?: { name: string; message: string };
  };
}

export interface TaskOutput {
  links: { title: string; url?: string; entityRef?: string }[];
}

interface TaskEnd {
  status: string;
  output?: TaskOutput;
  error?: { name: string; message: string };
}

interface Template {
  metadata: { name: string };
}

const TEMPLATE = 'new-workspace-app';

/** Drives the template "New workspace app" through the scaffolder's API, as the guest of a portal. */
export class Scaffolder {
  readonly #client: PortalClient;

  constructor(client: PortalClient) {
    this.#client = client;
  }

  /** The template, as soon as the catalog has it. */
  async template(): Promise<Template> {
    const { entity } = await this.#client.until(
      async () => {
        const response = await this.#fetch(
          'GET',
          `/catalog/entities/by-name/template/default/${TEMPLATE}`,
        );
        return {
          status: response.status,
          entity: (await response.json()) as Template,
        };
      },
      ({ status }) => status === 200,
      60_000,
      ({ status }) => `the catalog answers ${status} for the template`,
    );
    return entity;
  }

  /** Id of a new task of the template. */
  async start(values: Record<string, unknown>): Promise<string> {
    await this.template();
    const { id } = await this.#ask<{ id: string }>(
      'POST',
      '/scaffolder/v2/tasks',
      { templateRef: `template:default/${TEMPLATE}`, values },
    );
    return id;
  }

  async cancel(task: string): Promise<void> {
    await this.#ask('POST', `/scaffolder/v2/tasks/${task}/cancel`);
  }

  async retry(task: string): Promise<void> {
    await this.#ask('POST', `/scaffolder/v2/tasks/${task}/retry`, {});
  }

  async dryRun(
    values: Record<string, unknown>,
  ): Promise<{ lines: string[]; output: TaskOutput }> {
    const body = {
      template: await this.template(),
      values,
      directoryContents: [],
    };
    const { log, output } = await this.#ask<{
      log: Pick<TaskEvent, 'body'>[];
      output: TaskOutput;
    }>('POST', '/scaffolder/v2/dry-run', body);
    return { lines: log.map(linesOf), output };
  }

  /** What a task has written so far. */
  async lines(task: string): Promise<string[]> {
    return (
      await this.#ask<TaskEvent[]>('GET', `/scaffolder/v2/tasks/${task}/events`)
    ).map(linesOf);
  }

  async untilLogged(task: string, text: string): Promise<void> {
    await this.#until(task, event => linesOf(event).includes(text));
  }

  /** How a task ended: its output where it succeeded, its error where it did not. */
  async untilEnded(task: string): Promise<TaskEnd> {
    const { body } = await this.#until(
      task,
      ({ type }) => type === 'completion',
    );
    const { status } = await this.#ask<{ status: string }>(
      'GET',
      `/scaffolder/v2/tasks/${task}`,
    );
    return { status, output: body.output, error: body.error };
  }

  /** The first event that it holds for; the scaffolder answers when there are new ones. */
  async #until(
    task: string,
    holds: (event: TaskEvent) => boolean,
  ): Promise<TaskEvent> {
    let after = 0;
    for (;;) {
      const events = await this.#ask<TaskEvent[]>(
        'GET',
        `/scaffolder/v2/tasks/${task}/events?after=${after}`,
      );
      const found = events.find(holds);
      if (found) return found;
      after = events.at(-1)?.id ?? after;
    }
  }

  async #ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.#fetch(method, path, body);
    const text = await response.text();
    if (!response.ok)
      throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  }

  #fetch(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.#client.baseUrl}/api${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${this.#client.token}`,
        'Content-Type': 'application/json',
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  }
}

function linesOf({ body }: Pick<TaskEvent, 'body'>): string {
  return stripVTControlCharacters(body.message);
}
