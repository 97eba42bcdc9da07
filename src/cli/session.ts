// The process of a session: spawned by path, told over its channel what to run.
import { candlesOf } from "../backtest/index.js";
import { CandleSeries, MarketTape } from "../core/index.js";
import { dataOf, exchangeProfile, type OpenVenue, runSessionProcess } from "../live/index.js";
import { type BybitOptions, createBybit } from "../venues/bybit/index.js";
import { connectPaper, LockStep, replay } from "../venues/paper/index.js";

/** Parts of a description that are no options. */
const DESCRIPTION = ["kind", "name", "feed"];

const openBybit: OpenVenue = async ({ venueSpec = {} }, stores) => {
  const options = Object.fromEntries(Object.entries(venueSpec).filter(([key, value]) => !DESCRIPTION.includes(key) && value !== undefined));
  const connected = await createBybit(exchangeProfile)(options as BybitOptions).connect({
    intents: stores,
    executions: stores,
    onAlert: (alert) => stores.alert(alert),
    onProblem: (problem) => stores.problem(problem),
  });
  try {
    await connected.venue.connect();
  } catch (error) {
    await connected.close();
    throw error;
  }
  return { connected };
};

/** The paper exchange in this process, played in lock-step: the market goes on when everything an event made leave has been answered. */
const openPaper: OpenVenue = async ({ data, speed, trade, venueSpec = {} }) => {
  const recorded = data.map(dataOf);
  const withCandles = recorded.flatMap((one) => (one instanceof CandleSeries ? [one.symbol] : []));
  // Where there are only trades and books, the strategy sees the candles that a backtest makes of them.
  const made = recorded.flatMap((one) =>
    one instanceof MarketTape && !withCandles.includes(one.symbol) ? [candlesOf(one, trade!.interval)] : [],
  );
  const feed = replay([...recorded, ...made]);
  const connection = await connectPaper({ feed, options: venueSpec.options as object | undefined });
  const { exchange } = connection;
  const market = new LockStep(exchange, speed);
  return {
    connected: {
      venue: connection.venue,
      market: connection.market,
      close: async () => {
        market.stop();
        await connection.close();
      },
    },
    play: (settled) => market.play(settled),
    recorded: market,
  };
};

runSessionProcess((spec, stores) => (spec.venueSpec?.kind === "bybit" ? openBybit(spec, stores) : openPaper(spec, stores)));
