import { useState } from 'react';

/** Something the user asked for, and what became of it. */
export interface Action {
  busy: boolean;
  error?: Error;
  /** Does nothing while the one before is still on its way. */
  start(work: () => Promise<void>): Promise<void>;
  dismiss(): void;
}

/**
 * One mutation at a time, with the error of the last one.
 */
export function useAction(): Action {
  const [state, setState] = useState<{ busy: boolean; error?: Error }>({
    busy: false,
  });
  return {
    ...state,
    async start(work) {
      if (state.busy) return;
      setState({ busy: true });
      try {
        await work();
        setState({ busy: false });
      } catch (error) {
        setState({ busy: false, error: error as Error });
      }
    },
    dismiss: () => setState(({ busy }) => ({ busy })),
  };
}
