import {
  EngineError,
  type RawEvidence,
} from '@slipway/backstage-plugin-workspaces-node';

/** Which check of ours refused a source. */
export type SourceRule =
  | 'address'
  | 'archive'
  | 'changed'
  | 'collision'
  | 'control-character'
  | 'crc'
  | 'deadline'
  | 'depth'
  | 'device'
  | 'dockerignore'
  | 'download'
  | 'duplicate'
  | 'encrypted'
  | 'entries'
  | 'file-size'
  | 'folder'
  | 'git-folder'
  | 'link'
  | 'name'
  | 'path'
  | 'ratio'
  | 'set-user-id'
  | 'size'
  | 'specification'
  | 'syntax-directive'
  | 'total-size'
  | 'upload';

/**
 * An error that says why a source was refused: `rule` names the check, `entry` the path
 * it is about. The text is complete by itself.
 */
export function refused(
  rule: SourceRule,
  text: string,
  details?: { entry?: string; cause?: unknown },
): EngineError {
  return sourceError(text, {
    source: 'check of the source',
    text,
    facts: {
      rule,
      ...(details?.entry === undefined ? {} : { entry: details.entry }),
    },
    cause: details?.cause,
  });
}

/** A failure to bring a source, with what was seen, verbatim. */
export function sourceError(
  message: string,
  seen: Pick<RawEvidence, 'source' | 'text' | 'facts'> & { cause?: unknown },
): EngineError {
  const { cause, ...evidence } = seen;
  return new EngineError(message, {
    evidence: [
      { kind: 'error', at: new Date().toISOString(), first: true, ...evidence },
    ],
    cause,
  });
}

const LONGEST_QUOTE = 200;

/** A name in quotes, with control characters escaped and very long ones cut. */
export function quote(name: string): string {
  return JSON.stringify(
    name.length > LONGEST_QUOTE ? `${name.slice(0, LONGEST_QUOTE)}…` : name,
  );
}

/** Bytes as a person reads them. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${round(bytes / 1024)} KiB`;
  return `${round(bytes / (1024 * 1024))} MiB`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
