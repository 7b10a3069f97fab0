import type Docker from 'dockerode';
import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';

/** Enough for what a login or a small query says. */
const LONGEST_OUTPUT = 64 * 1024;

/** What a command inside a container did. */
export interface CommandResult {
  exitCode: number;
  /** Standard output and standard error as they came. */
  output: string;
}

/** Runs a command inside a running container to its end. */
export async function runInContainer(
  docker: Docker,
  name: string,
  { command, environment }: { command: string[]; environment: string[] },
): Promise<CommandResult> {
  const exec = await docker.getContainer(name).exec({
    Cmd: command,
    Env: environment,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({});
  const text = new PassThrough();
  const chunks: Buffer[] = [];
  let length = 0;
  text.on('data', (chunk: Buffer) => {
    if (length < LONGEST_OUTPUT) chunks.push(chunk);
    length += chunk.length;
  });
  docker.modem.demuxStream(stream, text, text);
  await finished(stream, { writable: false });
  text.end();
  const { ExitCode: exitCode } = await exec.inspect();
  return {
    exitCode: exitCode ?? -1,
    output: Buffer.concat(chunks).toString('utf8'),
  };
}
