import vm from 'node:vm';
import dockerignore from '@balena/dockerignore';
import { quote, refused } from './refusal';

/** A whole .dockerignore may take this long, all paths together. */
const MOST_MILLISECONDS = 3000;

/** Characters that mean themselves in .dockerignore, and that the library hands to a regular expression as they are. */
const PLAIN_CHARACTERS = /(\\.)|(\[\^?)|[(){}+|^]/g;

/**
 * The patterns of a .dockerignore, as Docker understands them.
 *
 * The library makes backtracking regular expressions of them, and the patterns come from
 * strangers: every question is asked under the watchdog of a vm context, so that
 * a pattern made to hang is refused instead.
 */
export class IgnoreRules {
  readonly #file: string;
  readonly #ignores: (path: string) => boolean;
  readonly #context: vm.Context;
  readonly #script = new vm.Script('paths.map(path => ignores(path))');
  #millisecondsLeft = MOST_MILLISECONDS;

  /** True where a pattern may bring back what lies in an excluded folder. */
  readonly bringsBack: boolean;

  /** `file` is the name to use in refusals. */
  constructor(file: string, text: string) {
    const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
    const ignore = dockerignore({ ignorecase: false });
    this.#file = file;
    this.#ignores = path => ignore.ignores(path);
    this.#context = vm.createContext({ ignores: this.#ignores, paths: [] });
    this.bringsBack = lines.some(line => line.trim().startsWith('!'));
    for (const [index, line] of lines.entries())
      this.#add(ignore, line, index + 1);
  }

  /** For each path whether it is left out. */
  excludes(paths: string[]): boolean[] {
    if (paths.length === 0) return [];
    const began = performance.now();
    this.#context.paths = paths;
    try {
      return [
        ...this.#script.runInContext(this.#context, {
          timeout: Math.max(1, Math.ceil(this.#millisecondsLeft)),
        }),
      ];
    } catch (error) {
      if (
        (error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT'
      )
        throw error;
      throw refused(
        'dockerignore',
        `${quote(
          this.#file,
        )} takes too long to apply; use fewer "*" in a pattern`,
        {
          entry: this.#file,
        },
      );
    } finally {
      this.#millisecondsLeft -= performance.now() - began;
    }
  }

  #add(
    ignore: ReturnType<typeof dockerignore>,
    line: string,
    number: number,
  ): void {
    const pattern = line.replace(
      PLAIN_CHARACTERS,
      (found, escaped, opening) => {
        if (escaped) return /\w/.test(escaped[1]) ? escaped[1] : escaped; // "\d" is a "d", not a digit
        return opening ?? `\\${found}`;
      },
    );
    try {
      ignore.add(pattern);
      dockerignore({ ignorecase: false }).add(pattern).ignores('a/b'); // compiles it, which is where a bad one throws
    } catch {
      throw refused(
        'dockerignore',
        `line ${number} of ${quote(
          this.#file,
        )} is not a pattern: ${line.trim()}`,
        {
          entry: this.#file,
        },
      );
    }
  }
}
