import { InputError } from '@backstage/errors';
import type {
  ImageBuilder,
  WorkspaceEngine,
  WorkspaceEnginesExtensionPoint,
} from '@slipway/backstage-plugin-workspaces-node';

/** An engine with the builder of its images. */
export interface InstalledEngine {
  engine: WorkspaceEngine;
  builder: ImageBuilder;
}

/** The engines that modules have installed, by their ids. */
export class Engines implements WorkspaceEnginesExtensionPoint {
  readonly #installed = new Map<string, InstalledEngine>();

  addEngine(options: InstalledEngine): void {
    const { id } = options.engine;
    if (this.#installed.has(id))
      throw new Error(
        `The engine "${id}" was added before; remove one of the two modules`,
      );
    this.#installed.set(id, options);
  }

  all(): InstalledEngine[] {
    return [...this.#installed.values()];
  }

  ids(): string[] {
    return [...this.#installed.keys()];
  }

  /** The engine of a stored workspace. An id that no module installs is an Error that names it. */
  get(id: string): InstalledEngine {
    const installed = this.#installed.get(id);
    if (!installed)
      throw new Error(
        `The engine "${id}" is not installed; installed are ${this.#list()}`,
      );
    return installed;
  }

  /** The engine that a request asks for: the default one, or the only one, if it names none. */
  choose(
    requested: string | undefined,
    defaultId: string | undefined,
  ): InstalledEngine {
    const id =
      requested ??
      defaultId ??
      (this.#installed.size === 1 ? this.ids()[0] : undefined);
    const installed = id === undefined ? undefined : this.#installed.get(id);
    if (installed) return installed;
    const problem =
      id === undefined
        ? 'is required, because there is no default'
        : `"${id}" is not installed`;
    throw new InputError(`engine: ${problem}; accepted are ${this.#list()}`);
  }

  #list(): string {
    return this.ids().join(', ') || 'none (no engine module is installed)';
  }
}
