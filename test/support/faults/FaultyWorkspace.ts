import type {
  AppDefinition,
  Run,
  StageName,
} from '@slipway/backstage-plugin-workspaces-common';
import { expect } from '@playwright/test';
import { fixtureApp, folderArchive } from '../archive';
import type { PortalClient } from '../client';
import type { Kubectl } from '../engine/Kubectl';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const APP = 'web';
/** In milliseconds: a cause that takes longer to be named is as good as none. */
const NAMED_WITHIN = 120_000;

/** How a failure is to be named. */
export interface Cause {
  code: string;
  stage: StageName;
  /** What was seen first. */
  first: RegExp;
  fix: RegExp;
  fixedBy?: 'user' | 'operator';
}

/** A workspace with an app that serves, in which something is then made to fail. */
export class FaultyWorkspace {
  readonly name: string;
  readonly client: PortalClient;
  readonly kubectl: Kubectl;

  constructor(name: string, client: PortalClient, kubectl: Kubectl) {
    this.name = name;
    this.client = client;
    this.kubectl = kubectl;
  }

  get builds(): string {
    return `${this.name}-build`;
  }

  /** Makes it, with the app as it works. */
  async begin(settings: { engine?: string } = {}): Promise<void> {
    await this.client.createWorkspace({ name: this.name, ...settings });
    await this.succeeds(await this.deploy());
  }

  /** Deploys the app as it works, but for what is given; with another text in its source for a new image. */
  async deploy(
    changes: Partial<AppDefinition> = {},
    source: { text?: string; dockerfile?: string } = {},
  ): Promise<Run> {
    const folder = fixtureApp('faulty');
    const server = readFileSync(join(folder, 'server.js'), 'utf8');
    const { text = '', dockerfile } = source;
    const archive = await folderArchive(folder, {
      'server.js': `${server}// ${text}\n`,
      ...(dockerfile === undefined ? {} : { Dockerfile: dockerfile }),
    });
    const upload = await this.client.upload(archive, 'faulty.tar.gz');
    await this.client.putApp(this.name, APP, {
      source: { type: 'upload', upload: upload.id },
      ...changes,
    });
    return this.client.startRun(this.name);
  }

  /** Lets the app fail in its own way. */
  async deployFault(fault: string, target?: string): Promise<Run> {
    const environment = [
      { name: 'FAULT', value: fault },
      ...(target === undefined ? [] : [{ name: 'TARGET', value: target }]),
    ];
    return this.deploy({ environment });
  }

  /** A new release of what serves: nothing is built, and the pods are made anew. */
  restart(): Promise<Run> {
    return this.client.restart(this.name, APP);
  }

  async succeeds({ id }: Run): Promise<void> {
    const run = await this.client.untilFinal(id);
    expect(run.state, JSON.stringify(run.diagnosis)).toBe('succeeded');
  }

  /** Retries a run that has failed. */
  async succeedsAgain({ id }: Run): Promise<void> {
    await this.succeeds(await this.client.retry(id));
  }

  /** Asserts how a run failed, and answers its fix. */
  async fails({ id }: Run, cause: Cause): Promise<string> {
    const run = await this.client.untilFinal(id, NAMED_WITHIN);
    const { diagnosis, stages } = run;
    expect(run.state).toBe('failed');
    expect(diagnosis?.code, JSON.stringify(diagnosis, null, 1)).toBe(
      cause.code,
    );
    expect(stages.find(({ state }) => state === 'failed')?.name).toBe(
      cause.stage,
    );
    const first = diagnosis!.evidence.find(piece => piece.first);
    expect(first?.text).toMatch(cause.first);
    expect(diagnosis!.fix).toMatch(cause.fix);
    expect(diagnosis!.fixedBy).toBe(cause.fixedBy ?? 'operator');
    return diagnosis!.fix;
  }

  /** Waits until the API server has heard of what refuses Deployments: it may let some through before. */
  async untilRefused(wording: string): Promise<void> {
    const probe = [
      'create',
      'deployment',
      'probe',
      '--image=probe',
      '--dry-run=server',
    ];
    await this.client.until(
      () => this.kubectl.try(...probe, `--namespace=${this.name}`),
      ({ stderr }) => stderr.includes(wording),
      20_000,
      ({ stderr }) => stderr || 'a Deployment may still be made',
    );
  }

  /** Removes an object of the builds whenever it is there, for as long as something is done. */
  without(object: string, work: () => Promise<void>): Promise<void> {
    const command = ['delete', object, `--namespace=${this.builds}`];
    const patience = ['--ignore-not-found', '--wait=false'];
    return this.against([...command, ...patience], work);
  }

  /** Runs a command of kubectl again and again, for as long as something is done: whatever Slipway makes so, it undoes. */
  async against(command: string[], work: () => Promise<void>): Promise<void> {
    let isOver = false;
    const undoing = (async () => {
      while (!isOver) await this.kubectl.run(...command);
    })();
    try {
      await work();
    } finally {
      isOver = true;
      await undoing;
    }
  }

  /** Applies a manifest for as long as something is done. */
  async with(manifest: object, work: () => Promise<void>): Promise<void> {
    await this.kubectl.apply(manifest);
    try {
      await work();
    } finally {
      await this.kubectl.delete(manifest);
    }
  }
}
