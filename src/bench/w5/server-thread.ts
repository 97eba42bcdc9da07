import { parentPort, workerData } from "node:worker_threads";
import { type ApiKey, paperServer } from "../../venues/paper/index.js";
import { loadTape } from "./market.js";

/** What the thread is told. */
export interface LoadRequest {
  readonly perSecond: number;
  readonly seconds: number;
  readonly key: ApiKey;
}

const { perSecond, seconds, key } = workerData as LoadRequest;
const server = await paperServer({
  data: loadTape(perSecond, seconds),
  limits: 1_000_000,
  keys: key,
  leverage: 100,
  balances: { USDT: "100000000" },
});
server.next();
parentPort!.postMessage({ url: server.url });
parentPort!.on("message", async (message: "play" | "state" | "close") => {
  if (message === "play") {
    parentPort!.postMessage({ began: performance.timeOrigin + performance.now(), from: server.exchange.clock.now() });
    await server.play(1);
    parentPort!.postMessage({ played: true });
  } else if (message === "state") {
    const account = server.exchange.account();
    parentPort!.postMessage({ orders: account.all().length, executions: account.executions.length, frames: server.state().frames });
  } else {
    await server.close();
    parentPort!.close();
  }
});
