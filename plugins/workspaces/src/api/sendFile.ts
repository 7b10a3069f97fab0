/**
 * Posts a file. `fetch` cannot say how much of a body was sent, so that this is an XMLHttpRequest.
 *
 * @returns What the server answered, whichever status it has.
 * @throws TypeError where no answer came, AbortError where it was stopped
 */
export function sendFile(
  url: URL,
  file: Blob,
  options: {
    headers: Record<string, string>;
    onProgress?: (sentBytes: number) => void;
    signal?: AbortSignal;
  },
): Promise<Response> {
  const { headers, onProgress, signal } = options;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.open('POST', url);
    for (const [name, value] of Object.entries(headers))
      request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => onProgress?.(loaded);
    request.onload = () => resolve(answerOf(request));
    request.onerror = () =>
      reject(
        new TypeError(
          'The upload ended before the portal answered: the connection was lost',
        ),
      );
    request.onabort = () =>
      reject(new DOMException('The upload was stopped', 'AbortError'));
    request.onloadend = () => signal?.removeEventListener('abort', abort);
    signal?.addEventListener('abort', abort);
    request.send(file);
  });
}

function answerOf(request: XMLHttpRequest): Response {
  return new Response(request.responseText, {
    status: request.status,
    statusText: request.statusText,
    headers: {
      'Content-Type': request.getResponseHeader('Content-Type') ?? '',
    },
  });
}
