import { readFileSync } from "node:fs";
import { LabError } from "../../errors/index.js";

/** What a Jupyter connection file says. */
export interface Connection {
  readonly transport: string;
  readonly ip: string;
  readonly shell_port: number;
  readonly iopub_port: number;
  readonly stdin_port: number;
  readonly control_port: number;
  readonly hb_port: number;
  /** Secret that messages are signed with; empty means unsigned. */
  readonly key: string;
  readonly signature_scheme: string;
  /** CurveZMQ keys in Z85; where they are given, every socket speaks CURVE. */
  readonly curve_publickey?: string;
  readonly curve_secretkey?: string;
}

const PORTS = ["shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"] as const;

/** The name of a port in a connection file. */
export type PortName = (typeof PORTS)[number];

/** @throws LabError `KERNEL_CONNECTION` for a file that is missing or is no connection file. */
export function readConnection(path: string): Connection {
  const fail = (reason: string, cause?: unknown): LabError =>
    new LabError("KERNEL_CONNECTION", `The connection file '${path}' ${reason}.`, { details: { path }, cause });
  let given: Partial<Connection>;
  try {
    given = JSON.parse(readFileSync(path, "utf8")) as Partial<Connection>;
  } catch (cause) {
    throw fail("cannot be read as JSON", cause);
  }
  for (const name of PORTS) {
    const port = given[name];
    if (!Number.isInteger(port) || port! < 1 || port! > 65535) throw fail(`has no valid ${name} (1 to 65535), but ${JSON.stringify(port)}`);
  }
  const repeated = PORTS.find((name, i) => PORTS.slice(0, i).some((other) => given[other] === given[name]));
  if (repeated !== undefined) throw fail(`gives the port ${given[repeated]} twice; each of ${PORTS.join(", ")} needs its own`);
  const scheme = given.signature_scheme ?? "hmac-sha256";
  if (!/^hmac-(md5|sha\d+)$/.test(scheme)) throw fail(`asks for the signature scheme '${scheme}'; known are hmac-sha256 and its like`);
  return {
    transport: "tcp",
    ip: "127.0.0.1",
    key: "",
    ...(given as Partial<Connection> & Pick<Connection, PortName>),
    signature_scheme: scheme,
  };
}

/** The address of one of the kernel's sockets. */
export function endpoint({ transport, ip }: Connection, port: number): string {
  return transport === "ipc" ? `ipc://${ip}-${port}` : `${transport}://${ip}:${port}`;
}
