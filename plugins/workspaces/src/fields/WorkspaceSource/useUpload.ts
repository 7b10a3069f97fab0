import { useApi } from '@backstage/core-plugin-api';
import { useEffect, useRef, useState } from 'react';
import { workspacesApiRef } from '../../api';

/** The most that the API takes, in bytes. */
export const UPLOAD_LIMIT = 512 * 2 ** 20;

/** What became of the file that was given last. */
interface Upload {
  /** Bytes that the network took, of all. */
  sending?: { name: string; sent: number; size: number };
  /** It was not even sent, for its size. */
  refused?: { name: string; size: number };
  failed?: { name: string; error: Error; retry: () => void };
}

/** Uploads one file at a time; an upload ends when its form is left. */
export function useUpload(
  owner: string | undefined,
  onUploaded: (upload: string, filename: string) => void,
) {
  const api = useApi(workspacesApiRef);
  const [upload, setUpload] = useState<Upload>({});
  const current = useRef<AbortController>();
  useEffect(() => () => current.current?.abort(), []);

  const begin = async (file: File): Promise<void> => {
    const { name, size } = file;
    if (size === 0 || size > UPLOAD_LIMIT) {
      setUpload({ refused: { name, size } });
      return;
    }
    const stop = new AbortController();
    current.current = stop;
    setUpload({ sending: { name, sent: 0, size } });
    try {
      const { id } = await api.uploadSource(
        file,
        { filename: name, ...(owner && { owner }) },
        {
          signal: stop.signal,
          // What the network took has the size of headers beside that of the file.
          onProgress: sent =>
            setUpload({ sending: { name, size, sent: Math.min(sent, size) } }),
        },
      );
      setUpload({});
      onUploaded(id, name);
    } catch (error) {
      setUpload(
        stop.signal.aborted
          ? {}
          : {
              failed: { name, error: error as Error, retry: () => begin(file) },
            },
      );
    }
  };

  return { ...upload, begin, stop: () => current.current?.abort() };
}
