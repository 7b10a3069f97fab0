import { ORDINARY_USER } from './security';

/** What is asked of the registry about an image. */
export interface ImageReader {
  /** The user of the image's configuration, "" where it names none; `undefined` where the image cannot be read. */
  user(image: string, signal: AbortSignal): Promise<string | undefined>;
}

/** Users that have the same number in the images that everybody builds on. */
const WELL_KNOWN: Record<string, number> = {
  node: 1000,
  app: 1000,
  nonroot: 65532,
  nobody: 65534,
  postgres: 999,
  redis: 999,
};
const SUPERUSERS = ['', 'root', '0'];
const KEPT = 1_000;

/**
 * Says as which user an image runs. The kubelet takes a name for a possible superuser, so that it
 * must be told a number: by configuration, else what the name commonly means. An image of the
 * superuser runs as an ordinary one.
 */
export class Users {
  readonly #reader: ImageReader | undefined;
  readonly #numbers: Record<string, number>;
  readonly #known = new Map<string, Promise<number | undefined>>();

  constructor(options: {
    reader?: ImageReader;
    /** Numbers of users by their names. */
    numbers?: Record<string, number>;
  }) {
    this.#reader = options.reader;
    this.#numbers = { ...WELL_KNOWN, ...options.numbers };
  }

  /** The number to run as; `undefined` leaves it to the image, which then must name a number itself. */
  async of(image: string, signal: AbortSignal): Promise<number | undefined> {
    if (!this.#reader) return undefined;
    const known = this.#known.get(image);
    if (known) return known;
    const asked = this.#reader
      .user(image, signal)
      .then(user => (user === undefined ? undefined : this.#number(user)));
    if (this.#known.size >= KEPT) this.#known.clear();
    this.#known.set(image, asked);
    asked.catch(() => this.#known.delete(image));
    return asked;
  }

  #number(user: string): number | undefined {
    const [name] = user.split(':');
    if (SUPERUSERS.includes(name)) return ORDINARY_USER;
    return /^\d+$/.test(name) ? Number(name) : this.#numbers[name];
  }
}
