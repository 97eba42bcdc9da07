import { readFileSync, type Stats, statSync } from "node:fs";
import { basename } from "node:path";
import { LabError } from "../../errors/index.js";
import type { BybitProfile } from "./profile.js";
import { Secret } from "./secret.js";

/** What requests are signed with. */
export interface Credentials {
  readonly apiKey: Secret;
  readonly apiSecret: Secret;
}

/** Where keys are looked for. */
export interface CredentialSource {
  /** Name of a set of keys; its variables are `TESSERLAB__BYBIT__<PROFILE>__API_KEY` and `…__API_SECRET`. */
  readonly profile?: string | undefined;
  /** A JSON file `{ "apiKey": …, "apiSecret": … }` (or such an object by profile) that only its owner may read. */
  readonly secretsFile?: string | undefined;
  /** The profile as it is configured: its `api_key` and `api_secret` count where neither file nor variables are there; a file they stand in must be its owner's only. */
  readonly configured?: BybitProfile | undefined;
}

const PREFIX = "TESSERLAB__BYBIT__";
/** Permissions of anybody but the owner. */
const OTHERS = 0o077;

/** Name of the variable that holds a profile's key or secret. */
function variableName(profile: string | undefined, what: "API_KEY" | "API_SECRET"): string {
  return `${PREFIX}${profile === undefined ? "" : `${profile.toUpperCase().replaceAll("-", "_")}__`}${what}`;
}

/**
 * Reads keys from the file that is named, else from the environment. Messages name variables and files, never a key.
 * @throws LabError `CREDENTIALS_MISSING`, `CREDENTIALS_FILE` for one that cannot be read, `CREDENTIALS_EXPOSED` for one that others may read.
 */
export function loadCredentials(source: CredentialSource = {}, env: NodeJS.ProcessEnv = process.env): Credentials {
  const file = source.secretsFile ?? env[`${PREFIX}SECRETS_FILE`];
  if (file !== undefined && file !== "") return fromFile(file, source.profile);
  const [keyName, secretName] = [variableName(source.profile, "API_KEY"), variableName(source.profile, "API_SECRET")];
  const { settings = {}, keysFiles = [] } = source.configured ?? {};
  const own = [env[keyName], env[secretName]].every((text) => (text ?? "").trim() === "");
  if (own && (settings.api_key ?? "") !== "") {
    for (const path of keysFiles) assertOwnerOnly(path, statSync(path));
    return credentials(settings.api_key, settings.api_secret, () => `[exchange.${source.profile}] has an api_key and no api_secret`);
  }
  return credentials(env[keyName], env[secretName], (missing) => `${missing === "apiKey" ? keyName : secretName} is not set`);
}

/** Wraps a key and its secret. @throws LabError `CREDENTIALS_MISSING`. */
export function credentials(apiKey: unknown, apiSecret: unknown, problem: (missing: string) => string): Credentials {
  const text = (value: unknown, name: string): Secret => {
    if (typeof value === "string" && value.trim() !== "") return new Secret(value.trim());
    throw new LabError(
      "CREDENTIALS_MISSING",
      `${problem(name)}. Set ${variableName(undefined, "API_KEY")} and ${variableName(undefined, "API_SECRET")} (or those of a profile), or name a secretsFile that only you can read.`,
    );
  };
  return Object.freeze({ apiKey: text(apiKey, "apiKey"), apiSecret: text(apiSecret, "apiSecret") });
}

function fromFile(path: string, profile: string | undefined): Credentials {
  const name = basename(path);
  let stats: Stats;
  let content: string;
  try {
    stats = statSync(path);
    content = readFileSync(path, "utf8");
  } catch (cause) {
    // The cause is a system error of the path; it holds nothing of the file.
    throw new LabError("CREDENTIALS_FILE", `${name} cannot be read: ${(cause as NodeJS.ErrnoException).code ?? "unknown"}.`);
  }
  assertOwnerOnly(path, stats);
  const parsed = parse(content, name);
  const set = profile === undefined ? parsed : (parsed[profile] as Record<string, unknown> | undefined);
  return credentials(set?.apiKey, set?.apiSecret, (missing) => `${name} has no ${profile === undefined ? "" : `${profile}.`}${missing}`);
}

/** @throws LabError `CREDENTIALS_EXPOSED`. */
function assertOwnerOnly(path: string, { mode, uid }: Stats): void {
  const own = process.getuid?.();
  if (process.platform !== "win32" && ((mode & OTHERS) !== 0 || (own !== undefined && own !== 0 && uid !== own)))
    throw new LabError(
      "CREDENTIALS_EXPOSED",
      `${basename(path)} holds keys and may be read by others (mode ${(mode & 0o777).toString(8)}): run chmod 600 on it first.`,
    );
}

function parse(content: string, name: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // The parser's message quotes the file; it must not travel.
  }
  throw new LabError("CREDENTIALS_FILE", `${name} is no JSON object with apiKey and apiSecret.`);
}
