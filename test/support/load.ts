/** What the slow app of the fixtures answers. */
export interface SlowAnswer {
  /** The host name of its container. */
  replica: string;
  token: string;
  /** What a file has of the token; none without that file. */
  file?: string;
}

/** Asks the slow app once, which takes that many milliseconds for it. */
export async function askSlow(
  url: string,
  after: number,
  headers: Record<string, string> = {},
): Promise<SlowAnswer> {
  const response = await fetch(`${url}/?after=${after}`, {
    method: 'POST',
    headers,
    body: 'of no account',
  });
  if (!response.ok)
    throw new Error(`answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as SlowAnswer;
}

/**
 * Keeps four requests under way until the work has ended. Gives all answers, and what became of those that got none.
 * Without the Gateway each has a connection of its own: one that is kept stays with its container to the end.
 */
export async function underLoad(
  url: string,
  { hasGateway }: { hasGateway: boolean },
  work: () => Promise<void>,
): Promise<{ answers: SlowAnswer[]; lost: string[] }> {
  const answers: SlowAnswer[] = [];
  const lost: string[] = [];
  let ended = false;
  const client = async () => {
    while (!ended) {
      await askSlow(url, 400, hasGateway ? {} : { connection: 'close' }).then(
        answer => answers.push(answer),
        error => lost.push(String(error.cause ?? error)),
      );
    }
  };
  const clients = Promise.all(Array.from({ length: 4 }, client));
  await work().finally(() => {
    ended = true;
  });
  await clients;
  return { answers, lost };
}
