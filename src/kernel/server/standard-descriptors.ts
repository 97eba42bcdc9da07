import { fstatSync, openSync } from "node:fs";
import { devNull } from "node:os";

/**
 * Puts the null device in the place of standard descriptors that were closed. The next thing that is opened, a pipe to the language server say, would get
 * their numbers otherwise, and closing a descriptor of such a number aborts the process (libuv asserts it).
 */
export function keepStandardDescriptors(): void {
  for (let descriptor = 0; descriptor <= 2; descriptor++)
    try {
      fstatSync(descriptor);
    } catch {
      openSync(devNull, "r+"); // takes the lowest number that is free: this one
    }
}
