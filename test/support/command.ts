import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs a command to its end. A failure is an error with the last lines that it printed. */
export async function runCommand(
  command: string,
  args: string[],
  cwd: string,
  environment: Record<string, string> = {},
): Promise<void> {
  try {
    await run(command, args, {
      cwd,
      env: { ...process.env, ...environment },
      maxBuffer: 64 * 2 ** 20,
    });
  } catch (error) {
    const { stdout, stderr, message } = error as {
      stdout?: string;
      stderr?: string;
      message: string;
    };
    const output = `${stdout ?? ''}${stderr ?? ''}`
      .trim()
      .split('\n')
      .slice(-25)
      .join('\n');
    throw new Error(
      `"${command} ${args.join(' ')}" failed: ${output || message}`,
    );
  }
}
