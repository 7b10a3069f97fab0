import { useApi } from '@backstage/core-plugin-api';
import type {
  SourceInspection,
  SourceToInspect,
} from '@slipway/backstage-plugin-workspaces-common';
import { useCallback, useEffect, useState } from 'react';
import { workspacesApiRef } from '../../api';
import { forget, inspect, keyOf } from './inspections';

/** A person who types is done after so long a pause. */
const PAUSE_MILLISECONDS = 500;

/** What is known of the source as it is entered now. */
export type Look =
  | { state: 'incomplete' }
  | { state: 'looking' }
  | { state: 'seen'; inspection: SourceInspection }
  | { state: 'failed'; error: Error };

/** Looks at a source when it was not changed for a while; a look at what it was before is ended. */
export function useInspection(request: SourceToInspect | undefined): {
  look: Look;
  again: () => void;
} {
  const api = useApi(workspacesApiRef);
  const key = request && keyOf(request);
  const [known, setKnown] = useState<{ key: string; look: Look }>();
  const [turn, setTurn] = useState(0);

  useEffect(() => {
    if (!key) return undefined;
    const source: SourceToInspect = JSON.parse(key);
    let stop: (() => void) | undefined;
    let outdated = false;
    const say = (look: Look) => {
      if (!outdated) setKnown({ key, look });
    };
    const begin = async () => {
      const inspection = inspect(api, source);
      stop = inspection.stop;
      try {
        say({ state: 'seen', inspection: await inspection.answer });
      } catch (error) {
        say({ state: 'failed', error: error as Error });
      } finally {
        stop = undefined;
      }
    };
    const timer = setTimeout(begin, PAUSE_MILLISECONDS);
    return () => {
      outdated = true;
      clearTimeout(timer);
      stop?.();
    };
  }, [api, key, turn]);

  const again = useCallback(() => {
    if (!key) return;
    forget(api, JSON.parse(key));
    setKnown(undefined);
    setTurn(before => before + 1);
  }, [api, key]);

  if (!key) return { look: { state: 'incomplete' }, again };
  return {
    look: known?.key === key ? known.look : { state: 'looking' },
    again,
  };
}
