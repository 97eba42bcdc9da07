import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { LabError } from "../errors/index.js";

/** What a data file holds. */
export interface DataFile {
  /** Its content, unpacked. */
  readonly content: Buffer;
  /** SHA-256 of the file as it lies on disk, in hex. */
  readonly sha256: string;
  /** Size on disk. */
  readonly bytes: number;
  readonly compression: "none" | "gzip";
  readonly format: "csv" | "parquet";
}

/**
 * Reads a file and tells by its first bytes, not its name, how it is packed.
 * @param name - the file as the user wrote it, for messages.
 * @throws LabError `DATA_READ` when it cannot be read, `DATA_FORMAT` when it is packed in a way we do not read.
 */
export async function readDataFile(path: string, name: string): Promise<DataFile> {
  const stored = await read(path, name);
  const packed = stored[0] === 0x1f && stored[1] === 0x8b;
  const content = packed ? unpack(stored, name) : stored;
  return {
    content,
    sha256: createHash("sha256").update(stored).digest("hex"),
    bytes: stored.length,
    compression: packed ? "gzip" : "none",
    format: formatOf(content, name),
  };
}

async function read(path: string, name: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const reason =
      code === "EISDIR"
        ? "it is a folder; name a file in it"
        : code === "ERR_FS_FILE_TOO_LARGE"
          ? "it is larger than 2 GiB; split it, or convert it to Parquet"
          : (code ?? String(cause));
    throw new LabError("DATA_READ", `${name} cannot be read: ${reason}.`, { details: { name, code }, cause });
  }
}

function unpack(stored: Buffer, name: string): Buffer {
  try {
    return gunzipSync(stored);
  } catch (cause) {
    throw new LabError("DATA_FORMAT", `${name} is gzip, but damaged or cut off: ${(cause as Error).message}.`, { cause });
  }
}

function formatOf(content: Buffer, name: string): "csv" | "parquet" {
  const magic = content.subarray(0, 4).toString("latin1");
  if (magic === "PAR1") return "parquet";
  if (magic.startsWith("PK")) throw new LabError("DATA_FORMAT", `${name} is a zip archive; unpack it and load the file inside.`);
  if (magic === "\x28\xb5\x2f\xfd") throw new LabError("DATA_FORMAT", `${name} is packed with zstd; unpack it, or pack it with gzip.`);
  return "csv";
}
