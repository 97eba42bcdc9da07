import { type Download, type DownloadOptions, downloadCandles } from "../data/index.js";
import { progress } from "../display/index.js";
import type { BybitDescriptor } from "../venues/bybit/index.js";

/** What `data.download` is given: a market, or a venue's description, which is connected for as long as it takes. */
export type DownloadRequest = Omit<DownloadOptions, "market"> &
  ({ market: DownloadOptions["market"] } | { venue: Pick<BybitDescriptor, "connect"> });

/**
 * Downloads a history of candles with a progress bar into `data/<exchange>/<symbol>/`, for `data.load`. Interrupted, it goes on where it stopped when it is called again.
 * @example const { file } = await data.download({ venue: bybit({ env: "mainnet", category: "linear" }), symbol: "BTCUSDT", interval: "1h", from: "2024-01-01", to: "2024-02-01" })
 * @throws LabError `DOWNLOAD_OPTION`, `DOWNLOAD_PARTIAL`, `DOWNLOAD_GAP`, `DOWNLOAD_INCOMPLETE`, `DATA_WRITE`, and what the market throws.
 */
export async function download(request: DownloadRequest): Promise<Download> {
  if ("market" in request) return withBar(request);
  const { venue, ...rest } = request;
  const link = await venue.connect();
  try {
    return await withBar({ ...rest, market: link.market });
  } finally {
    await link.close();
  }
}

async function withBar(options: DownloadOptions): Promise<Download> {
  let bar: ReturnType<typeof progress> | undefined;
  const onProgress = (done: number, total: number): void => {
    bar ??= progress(total, { label: `${options.symbol} ${options.interval}` });
    bar.update(done);
    options.onProgress?.(done, total);
  };
  try {
    return await downloadCandles({ ...options, onProgress });
  } finally {
    bar?.done();
  }
}
