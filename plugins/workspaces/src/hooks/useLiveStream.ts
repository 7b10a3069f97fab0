import { useApi } from '@backstage/core-plugin-api';
import { useEffect, useRef, useState } from 'react';
import type { StreamMessage } from '@slipway/backstage-plugin-workspaces-common';
import { workspacesApiRef } from '../api';

/** What is known of the page's one live stream. */
export interface LiveConnection {
  state: 'connecting' | 'live' | 'reconnecting' | 'refused';
  /** When something last arrived, be it only a heartbeat; milliseconds. Absent until then. */
  seenAt?: number;
  /** Why the server refuses. */
  error?: Error;
  /** How often the connection was opened anew after it was lost. */
  reconnects: number;
}

const SEEN_RESOLUTION_MILLISECONDS = 1_000;

/**
 * Follows topics for as long as the component is there. Without topics nothing is followed.
 * Another set of topics opens another stream; the page keeps what it knows meanwhile.
 */
export function useLiveStream(
  topics: string[],
  onMessage: (message: StreamMessage) => void,
): LiveConnection {
  const api = useApi(workspacesApiRef);
  const [connection, setConnection] = useState<LiveConnection>({
    state: 'connecting',
    reconnects: 0,
  });
  const listener = useRef(onMessage);
  useEffect(() => {
    listener.current = onMessage;
  });

  const key = topics.join(',');
  useEffect(() => {
    if (!key) return undefined;
    let closed = false;
    const unlessClosed = (change: () => void) => {
      if (!closed) change();
    };
    const stop = api.follow(key.split(','), {
      onMessage: message => unlessClosed(() => listener.current(message)),
      onSeen: () => unlessClosed(() => setConnection(seenNow)),
      onConnection: state =>
        unlessClosed(() => setConnection(before => connected(before, state))),
      onRefused: error =>
        unlessClosed(() =>
          setConnection(before => ({ ...before, state: 'refused', error })),
        ),
    });
    return () => {
      closed = true;
      stop();
    };
  }, [api, key]);

  return connection;
}

function seenNow(before: LiveConnection): LiveConnection {
  const now = Date.now();
  const known =
    before.seenAt !== undefined &&
    now - before.seenAt < SEEN_RESOLUTION_MILLISECONDS;
  return known ? before : { ...before, seenAt: now };
}

function connected(
  before: LiveConnection,
  state: 'live' | 'reconnecting',
): LiveConnection {
  const again = state === 'live' && before.state === 'reconnecting';
  return {
    state,
    seenAt: before.seenAt,
    reconnects: before.reconnects + (again ? 1 : 0),
  };
}
