/** Archives, honest and hostile, made byte by byte. */

/** What differs in a header from that of a regular file that is as long as its content. */
export interface HeaderOptions {
  readonly type?: string;
  /** Bytes that the header says. */
  readonly size?: number | bigint;
  /** Magic and version. Default: those of GNU tar. */
  readonly magic?: string;
  readonly prefix?: string;
}

/** One entry, whatever its name. */
export function entry(name: string | Uint8Array, content: string | Uint8Array = "", options: HeaderOptions = {}): Buffer {
  const bytes = Buffer.from(content);
  const header = Buffer.alloc(512);
  header.set(Buffer.from(name), 0);
  header.write("0000644\0", 100);
  header.set(sizeField(options.size ?? bytes.length), 124);
  header.write(options.type ?? "0", 156, "latin1");
  header.write(options.magic ?? "ustar  \0", 257, "latin1");
  header.write(options.prefix ?? "", 345);
  header.write("        ", 148);
  const sum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

/** An archive of these entries, ended as it should be. */
export function archive(...entries: readonly Uint8Array[]): Buffer {
  return Buffer.concat([...entries, Buffer.alloc(1024)]);
}

/** A record of an extended header. */
export function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  const digits = String(bytes + String(bytes).length).length;
  return `${bytes + digits}${rest}`;
}

/** Octal where it fits, else the form for large numbers. */
function sizeField(size: number | bigint): Buffer {
  const octal = size.toString(8);
  if (octal.length <= 11) {
    return Buffer.from(`${octal.padStart(11, "0")}\0`);
  }
  const field = Buffer.alloc(12);
  field.writeBigUInt64BE(BigInt(size), 4);
  field[0] = 0x80;
  return field;
}
