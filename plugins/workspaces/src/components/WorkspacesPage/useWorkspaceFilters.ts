import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router-dom';
import { states, type State } from '../StateLabel';

/** What the list is narrowed to. An absent part narrows nothing. */
export interface WorkspaceFilters {
  text?: string;
  /** An entity ref, or `mine`. */
  owner?: string;
  engine?: string;
  state?: State;
}

const names = ['text', 'owner', 'engine', 'state'] as const;

/**
 * The filters of the list; they live in the address, so that a link keeps them.
 */
export function useWorkspaceFilters() {
  const [query, setQuery] = useSearchParams();
  const filters: WorkspaceFilters = useMemo(() => {
    const state = query.get('state');
    return {
      text: query.get('text') || undefined,
      owner: query.get('owner') || undefined,
      engine: query.get('engine') || undefined,
      state: isState(state) ? state : undefined,
    };
  }, [query]);

  const change = useCallback(
    (changed: WorkspaceFilters) =>
      setQuery(
        before => {
          const after = new URLSearchParams(before);
          for (const name of names) {
            if (!(name in changed)) continue;
            const value = changed[name];
            if (value) after.set(name, value);
            else after.delete(name);
          }
          return after;
        },
        { replace: true },
      ),
    [setQuery],
  );
  const clear = useCallback(
    () =>
      change({
        text: undefined,
        owner: undefined,
        engine: undefined,
        state: undefined,
      }),
    [change],
  );
  const narrowed = names.some(name => filters[name] !== undefined);
  return { filters, change, clear, narrowed };
}

function isState(text: string | null): text is State {
  return text !== null && text in states;
}
