// Starts other programs: always with an argument array, never through a shell.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { logFolder } from './paths.mjs';
import { Problem } from './terminal.mjs';

/** The file that keeps the output of a step, e.g. `<home>/logs/install.log`. */
export function logFile(name) {
  mkdirSync(logFolder, { recursive: true });
  return join(logFolder, `${name}.log`);
}

const graceTime = 10_000;

/** Ends a process and all it has started: a group with the process's number. */
function endGroup(pid, name) {
  try {
    process.kill(-pid, name);
  } catch {
    // all of it has ended
  }
}

/**
 * Runs a program to its end with its output in a log file, which starts anew.
 * Throws a Problem with that log when the program fails or takes longer than
 * `limit` (milliseconds). `signal` and the limit end its children too. `name` is
 * what the program is called there, if not by its whole command line.
 */
export function run(
  command,
  args,
  {
    name = [basename(command), ...args].join(' '),
    cwd,
    env = process.env,
    log,
    signal,
    fix,
    limit,
    append = false,
  },
) {
  const output = openSync(log, append ? 'a' : 'w');
  writeSync(output, `$ ${name}\n`);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    let tookTooLong = false;
    const end = () => {
      endGroup(child.pid, 'SIGTERM');
      setTimeout(() => endGroup(child.pid, 'SIGKILL'), graceTime).unref();
    };
    const timer =
      limit &&
      setTimeout(() => {
        tookTooLong = true;
        end();
      }, limit);
    signal?.addEventListener('abort', end, { once: true });
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
    };

    child.once('error', error => {
      settle();
      reject(
        new Problem(`${command} could not be run: ${error.message}.`, {
          log,
          fix,
        }),
      );
    });
    child.once('close', (code, killedBy) => {
      settle();
      if (code === 0) {
        resolve();
        return;
      }
      const how = tookTooLong
        ? `was stopped after ${limit / 60_000} min`
        : `ended with ${killedBy ?? `exit code ${code}`}`;
      reject(new Problem(`${name} ${how}.`, { log, fix }));
    });
  });
}

/**
 * Runs a program and returns its exit code and output; never throws. A program
 * that does not exist has the exit code 127, as in a shell. `input` is what it
 * reads, if anything.
 */
export function capture(command, args, { cwd, env = process.env, input } = {}) {
  return new Promise(resolve => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    child.stdin?.on('error', () => {}); // it ended before it read all
    child.stdin?.end(input);
    const out = [];
    const err = [];
    child.stdout.on('data', chunk => out.push(chunk));
    child.stderr.on('data', chunk => err.push(chunk));
    child.once('error', error =>
      resolve({ code: 127, stdout: '', stderr: error.message }),
    );
    child.once('close', code =>
      resolve({
        code: code ?? 1,
        stdout: Buffer.concat(out).toString(),
        stderr: Buffer.concat(err).toString(),
      }),
    );
  });
}
