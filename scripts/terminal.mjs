// What the scripts say: one line per step, with the time it took. On a
// terminal the line of the running step counts the seconds; elsewhere (a pipe,
// CI) a step that lasts is announced once, so that nobody takes it for hung.
import { readFileSync } from 'node:fs';

const announceAfter = 5_000;
const interactive = Boolean(process.stdout.isTTY);
const paint = (code, text) =>
  interactive && !process.env.NO_COLOR
    ? `\u001b[${code}m${text}\u001b[0m`
    : text;

export const bold = text => paint(1, text);
export const dim = text => paint(2, text);
export const green = text => paint(32, text);
export const red = text => paint(31, text);

/**
 * An expected failure: it has a sentence for the user instead of a stack.
 * `log` is a file whose last lines are shown, `fix` says what to do.
 */
export class Problem extends Error {
  constructor(message, { log, fix, cause } = {}) {
    super(message, { cause });
    this.name = 'Problem';
    this.log = log;
    this.fix = fix;
  }
}

export function formatDuration(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 60) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(
    2,
    '0',
  )} s`;
}

export function say(text = '') {
  process.stdout.write(`${text}\n`);
}

/**
 * A line that tells what goes on now, with the seconds since it began, above
 * which finished things are printed. `close` must be called at the end.
 */
export function openLine(title) {
  let text = title;
  let began = Date.now();
  let announced = false;
  const elapsed = () => Date.now() - began;
  const redraw = () => {
    if (interactive) {
      process.stdout.write(
        `\r\u001b[2K  … ${text} ${dim(formatDuration(elapsed()))}`,
      );
    } else if (!announced && elapsed() >= announceAfter) {
      announced = true;
      say(`  … ${text}`);
    }
  };
  const clear = () => interactive && process.stdout.write('\r\u001b[2K');
  const timer = setInterval(redraw, 1_000);
  redraw();
  return {
    elapsed,
    /** Changes what goes on now. */
    update(next) {
      text = next;
      redraw();
    },
    /** Prints what is finished, and counts the time anew. */
    print(mark, finished = text, milliseconds = elapsed()) {
      clear();
      const time = formatDuration(milliseconds).padStart(12);
      say(`  ${mark} ${finished.padEnd(54)}${dim(time)}`);
      began = Date.now();
      announced = false;
    },
    close() {
      clearInterval(timer);
      clear();
    },
  };
}

export const succeeded = green('✓');
export const failed = red('✗');
const cutShort = dim('–');

let stopping = false;

/** From now on a step that fails was cut short by the user. */
export function beginStop() {
  stopping = true;
}

/**
 * Runs `work`, prints one line for it, and returns what it returns. `work`
 * gets a function that changes the text of the line; its `note` adds a
 * sentence below.
 */
export async function step(title, work) {
  const line = openLine(title);
  const notes = [];
  const update = text => line.update(text);
  update.note = text => notes.push(text);
  try {
    const result = await work(update);
    line.print(succeeded);
    return result;
  } catch (error) {
    line.print(stopping ? cutShort : failed);
    throw error;
  } finally {
    line.close();
    notes.forEach(note => say(dim(`      ${note}`)));
  }
}

/** The last lines of a log file, without colour codes and overlong lines. */
export function tail(file, lines = 12) {
  try {
    return readFileSync(file, 'utf8')
      .replace(/\u001b\[[0-9;]*[A-Za-z]/g, '')
      .trimEnd()
      .split('\n')
      .slice(-lines)
      .map(line => line.slice(0, 300));
  } catch {
    return [];
  }
}

/** Prints a failure: what is wrong, the end of its log, what to do. */
export function report(error) {
  if (!(error instanceof Problem)) {
    say(`\n${red('Unexpected failure.')} ${error?.stack ?? error}`);
    return;
  }
  say(`\n${red(error.message)}`);
  if (error.log) {
    say(`The log is ${error.log}; it ends with:`);
    tail(error.log).forEach(line => say(`  ${dim('|')} ${line}`));
  }
  if (error.fix) {
    say(`${bold('What to do:')} ${error.fix}`);
  }
}
