import { constants, crc32, deflateRawSync } from 'node:zlib';

/** An entry as a zip claims it; whatever is given may be a lie. */
export interface CraftedEntry {
  name: string | Buffer;
  content?: Buffer | string;
  /** Unix mode with the file type. */
  mode?: number;
  /** The deflated bytes, where they are not those of the content. */
  deflated?: Buffer;
  declaredSize?: number;
  declaredCrc?: number;
  method?: number;
  flags?: number;
}

const UTF8 = 0x800;
const UNIX = 3;

/** Writes a zip byte by byte, because libraries refuse to write what is to be tested. */
export function craftZip(
  entries: CraftedEntry[],
  declaredEntries = entries.length,
): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const content = Buffer.from(entry.content ?? '');
    const method = entry.method ?? 8;
    const data =
      entry.deflated ?? (method === 8 ? deflateRawSync(content) : content);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0); // version needed
    common.writeUInt16LE(entry.flags ?? UTF8, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE((entry.declaredCrc ?? crc32(content)) >>> 0, 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(entry.declaredSize ?? content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([
      Buffer.from('PK\x03\x04', 'latin1'),
      common,
      name,
      data,
    ]);

    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    directory.push(
      Buffer.concat([
        Buffer.from('PK\x01\x02', 'latin1'),
        Buffer.from([20, UNIX]),
        common,
        tail,
        name,
      ]),
    );
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(declaredEntries & 0xffff, 4);
  end.writeUInt16LE(declaredEntries & 0xffff, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([
    ...locals,
    central,
    Buffer.from('PK\x05\x06', 'latin1'),
    end,
  ]);
}

/** Deflated zeros, as many MiB as asked for, without ever holding them. */
export function deflatedZeros(mebibytes: number): Buffer {
  const one = deflateRawSync(Buffer.alloc(1024 * 1024), {
    finishFlush: constants.Z_FULL_FLUSH,
  });
  const lastBlock = Buffer.from([0x03, 0x00]);
  return Buffer.concat([...Array<Buffer>(mebibytes).fill(one), lastBlock]);
}
