// A thread that makes Parquet of a finished segment, so that trading never waits for it.
import { parentPort, workerData } from "node:worker_threads";
import { settleSegment } from "../../data/index.js";

const { folder, segment, refilled } = workerData as { readonly folder: string; readonly segment: string; readonly refilled: boolean };
parentPort!.postMessage(settleSegment(folder, segment, refilled));
