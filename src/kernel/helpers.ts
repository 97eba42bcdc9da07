import { isAbsolute, join } from "node:path";
import { pathToFileURL } from "node:url";
import { LabError } from "../errors/index.js";

/** URL of the helpers' module. @throws LabError `KERNEL_LAB_INVALID` where it cannot be found. */
export function helpersUrl(lab: string): string {
  if (lab.startsWith("file:")) return lab;
  if (isAbsolute(lab) || lab.startsWith(".")) return pathToFileURL(join(isAbsolute(lab) ? "" : process.cwd(), lab)).href;
  try {
    return import.meta.resolve(lab);
  } catch (cause) {
    throw new LabError("KERNEL_LAB_INVALID", `The helpers' module '${lab}' cannot be found.`, { details: { lab }, cause });
  }
}

/** The helpers by name, and all of them as `lab`. @throws LabError `KERNEL_LAB_INVALID`. */
export async function loadHelpers(lab: string): Promise<Record<string, unknown>> {
  let module: { scope?: unknown };
  try {
    module = (await import(helpersUrl(lab))) as { scope?: unknown };
  } catch (cause) {
    if (cause instanceof LabError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LabError("KERNEL_LAB_INVALID", `The helpers' module '${lab}' failed to load: ${reason}`, { details: { lab }, cause });
  }
  if (typeof module.scope !== "function")
    throw new LabError(
      "KERNEL_LAB_INVALID",
      `The helpers' module '${lab}' must export a function scope() that gives the helpers by name.`,
      { details: { lab } },
    );
  const scope = module.scope() as Record<string, unknown>;
  return { lab: Object.freeze({ ...scope }), ...scope };
}
