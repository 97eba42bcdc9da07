import ccxt from "ccxt";
import type { ApiKey, PaperServer } from "../../../src/venues/paper/index.js";

// ccxt's types know little of its own options; what is called is checked by its answers.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Exchange = any;

/** A client whose every URL is the server's. */
export async function clientOf(server: PaperServer, { apiKey, apiSecret }: ApiKey): Promise<Exchange> {
  const made: Exchange = new ccxt.pro.bybit({
    apiKey,
    secret: apiSecret,
    enableRateLimit: false,
    options: {
      enableUnifiedMargin: false,
      enableUnifiedAccount: true,
      unifiedMarginStatus: 6,
      defaultType: "swap",
      fetchMarkets: { types: ["spot", "linear", "inverse"] },
    },
  });
  const { api } = made.urls;
  for (const name of Object.keys(api)) if (name !== "ws") api[name] = server.url;
  const ws = server.url.replace("http", "ws");
  for (const category of ["spot", "linear", "inverse", "option"]) api.ws.public[category] = `${ws}/v5/public/${category}`;
  api.ws.private.contract = `${ws}/v5/private`;
  api.ws.private.spot.unified = `${ws}/v5/private`;
  api.ws.private.trade = `${ws}/v5/trade`;
  made.has.fetchCurrencies = false;
  await made.loadHttpProxyAgent();
  return made;
}
