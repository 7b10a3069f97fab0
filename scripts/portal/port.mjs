// Whether the portal's port is free, and who has it if not.
import { createServer } from 'node:net';
import { portOwner } from '../system/processes.mjs';
import { Problem } from '../terminal.mjs';

function isFree(port, host) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', error =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    server.listen({ port, host, exclusive: true }, () =>
      server.close(() => resolve(true)),
    );
  });
}

/** Refuses a port that is taken, with the name of who has it. */
export async function requireFreePort(port, host) {
  if (await isFree(port, host)) {
    return;
  }
  const owner = portOwner(port);
  throw new Problem(
    `Port ${port}, which the portal needs, is taken by ${
      owner
        ? `${owner.name} (process ${owner.pid})`
        : 'a process that this user may not see'
    }.`,
    {
      fix: owner
        ? `Stop it ("kill ${owner.pid}", or Ctrl-C where it runs), then run this again.`
        : `Find it with "sudo ss -ltnp sport = :${port}" and stop it, then run this again.`,
    },
  );
}
