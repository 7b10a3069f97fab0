import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import tar, { type Header } from 'tar-stream';

/** An entry of a crafted tar. */
export type CraftedTarEntry = Partial<Header> & {
  name: string;
  content?: string;
};

/** A tar.gz of these entries, in this order. */
export async function craftTarGzip(
  entries: CraftedTarEntry[],
): Promise<Buffer> {
  return gzipSync(await craftTar(entries));
}

/** A tar of these entries, in this order. */
export async function craftTar(entries: CraftedTarEntry[]): Promise<Buffer> {
  const pack = tar.pack();
  const result = buffer(pack as unknown as AsyncIterable<Buffer>);
  for (const { content, ...header } of entries) {
    await new Promise<void>((resolve, reject) => {
      pack.entry(header, Buffer.from(content ?? ''), error =>
        error ? reject(error) : resolve(),
      );
    });
  }
  pack.finalize();
  return result;
}
