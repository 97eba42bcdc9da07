import { mkdir, open, realpath, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/**
 * Writes a text so that a reader finds the old file or the new one, never half of it: to a file beside it, flushed to disk, then renamed.
 * Makes the folder. A symbolic link keeps pointing where it points.
 */
export async function writeFileAtomic(path: string, text: string): Promise<void> {
  const target = await realpath(path).catch(() => resolve(path));
  await mkdir(dirname(target), { recursive: true });
  const temporary = `${target}.${process.pid}.${Date.now().toString(36)}.tmp`;
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(text, "utf8");
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
