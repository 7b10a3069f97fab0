import { InputError } from '@backstage/errors';
import type { Request, Router } from 'express';
import type { Authorizer } from './authorize';
import { decodePositions } from './stream/frames';
import type { StreamServices } from './stream/sources';
import type { StreamHub } from './stream/StreamHub';
import { openTopic, parseTopics } from './stream/topics';

/**
 * `GET /stream?topics=a,b`: server-sent events. It stands beside the API document, which
 * cannot describe it; whatever is refused is refused before the first byte of the stream.
 */
export function addStreamRoute(
  router: Router,
  services: StreamServices & { authorizer: Authorizer; stream: StreamHub },
): void {
  router.get('/stream', async (request: Request, response) => {
    const caller = await services.authorizer.reader(request);
    const { topics: parameter, ...others } = request.query;
    const unknown = Object.keys(others);
    if (unknown.length > 0) {
      throw new InputError(
        `${unknown.join(', ')}: unknown query parameter; accepted is topics`,
      );
    }
    const topics = [];
    for (const name of parseTopics(parameter))
      topics.push(await openTopic(name, caller, services));
    const positions = decodePositions(
      request.header('last-event-id'),
      topics.map(topic => topic.name),
    );
    const { expiresAt } = caller.credentials;
    services.stream.open(response, topics, { positions, expiresAt });
  });
}
