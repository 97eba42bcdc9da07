import type { AccountEvent, EpochMs, Position, VenueExecution, VenueOrder } from "../../core/index.js";
import {
  type Category,
  PRIVATE_TOPICS,
  parsePosition,
  parseWallet,
  type Row,
  rowsOf,
  signStream,
  topicFrame,
  type WirePosition,
} from "../bybit-wire/index.js";
import type { AccountReader } from "./account.js";
import { type Alert, orderVanished } from "./alerts.js";
import type { Credentials } from "./credentials.js";
import type { ExecutionLedger } from "./intents.js";
import type { BybitSettings } from "./options.js";
import { StreamLink } from "./stream-link.js";
import type { OrderTracker } from "./tracker.js";

/** Executions are asked for from this long before the last one known: they may be told out of order. */
const OVERLAP_MS = 10_000;
/** How long a login holds. */
const LOGIN_MS = 10_000;
const WEEK_MS = 7 * 86_400_000;

/** What a {@link PrivateStream} works with. */
export interface PrivateStreamParts {
  readonly settings: BybitSettings;
  readonly credentials: () => Credentials;
  /** The server's time. */
  readonly now: () => EpochMs;
  readonly reader: AccountReader;
  readonly tracker: OrderTracker;
  readonly ledger: ExecutionLedger;
  readonly random: () => number;
  readonly tell: (event: AccountEvent) => void;
  readonly alert: (alert: Alert) => void;
  readonly report: (problem: unknown) => void;
  /** What was held when the stream began. */
  readonly began: (positions: readonly Position[]) => void;
  /** The link is healthy again. */
  readonly healed: () => void;
}

/**
 * Tells what happens on an account. The stream has no replay and no snapshot, so every gap is healed: subscribe, hold back what arrives, ask REST for orders, executions, positions and
 * balances, tell what is new, then what was held back, then go on live. Executions are told once, by their id.
 */
export class PrivateStream {
  readonly #parts: PrivateStreamParts;
  readonly #category: Category;
  readonly #link: StreamLink;
  /** What arrived while a gap is healed; undefined when live. */
  #held: Row[] | undefined = [];
  #lastExecution: EpochMs | undefined;
  /** Messages of the wallet so far. */
  #wallets = 0;
  /** Executions of before the first connection: known, but not ours to tell. */
  #before: ReadonlySet<string> = new Set();
  /** Content and order of the last position told, by symbol. */
  readonly #positions: Map<string, { readonly text: string; readonly seq: number; readonly flat: boolean }> = new Map();

  constructor(parts: PrivateStreamParts) {
    this.#parts = parts;
    this.#category = parts.settings.category;
    this.#link = new StreamLink({
      url: parts.settings.urls.private,
      topics: PRIVATE_TOPICS,
      timing: parts.settings.timing,
      random: parts.random,
      login: () => this.#login(),
      onMessage: (message) => (this.#held === undefined ? this.#handle(message) : this.#held.push(message)),
      onSubscribed: (again) => this.#heal(again),
      onState: (state, reason) => {
        if (state !== "healthy") this.#held = [];
        parts.tell({ type: "link", state, time: parts.now(), ...(reason !== undefined && { reason }) });
      },
      report: parts.report,
    });
  }

  /** @throws LabError as {@link StreamLink.start}. */
  start(): Promise<void> {
    return this.#link.start();
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  /** Takes in what REST says, as if the stream had told it. @returns whether any of it was new: then the stream has lost something. */
  learn(orders: readonly VenueOrder[], executions: readonly VenueExecution[]): boolean {
    let news = false;
    for (const execution of executions) news = this.#execution(execution) || news;
    for (const order of orders) news = this.#order(order) || news;
    return news;
  }

  /** Asks for the executions of late, then for positions and balances, and tells what is new. @throws LabError `VENUE_UNAVAILABLE`. */
  async catchUp(): Promise<void> {
    this.learn([], await this.#recentExecutions());
    await this.refresh();
  }

  /**
   * Asks for positions and balances and tells what is new: the stream has lost something, and may have lost these as well. What the stream tells meanwhile is newer and stays.
   * @throws LabError `VENUE_UNAVAILABLE`.
   */
  async refresh(): Promise<void> {
    const { reader, tell, now } = this.#parts;
    const [before, wallets] = [new Map(this.#positions), this.#wallets];
    const [positions, balances] = await Promise.all([reader.positions(), reader.balances()]);
    // A gap that is being healed asks for both itself.
    if (this.#held !== undefined) return;
    this.#healPositions(positions, before);
    if (this.#wallets === wallets) tell({ type: "balance", balances, time: now() });
  }

  /** Whether the stream stands, with nothing missing that it should have told. */
  get isLive(): boolean {
    return this.#held === undefined;
  }

  /** See {@link StreamLink.synced}. */
  synced(): Promise<void> {
    return this.#link.synced();
  }

  #login(): Row {
    const { apiKey, apiSecret } = this.#parts.credentials();
    const expires = this.#parts.now() + LOGIN_MS;
    return { op: "auth", args: [apiKey.reveal(), expires, signStream(apiSecret.reveal(), expires)] };
  }

  async #heal(again: boolean): Promise<void> {
    const { reader, tracker } = this.#parts;
    const [orders, executions, positions] = await Promise.all([
      reader.openOrders(undefined, { always: true }),
      this.#recentExecutions(),
      reader.positions(),
    ]);
    if (again) {
      for (const execution of executions) this.#execution(execution);
      await this.#vanished(orders);
      for (const order of orders) this.#order(order);
      this.#healPositions(positions);
      this.#parts.tell({ type: "balance", balances: await reader.balances(), time: this.#parts.now() });
    } else {
      this.#before = new Set(executions.map((one) => one.executionId));
      for (const one of executions) this.#lastExecution = Math.max(this.#lastExecution ?? 0, one.time);
      for (const order of orders) tracker.accept(order);
      for (const one of positions) this.#remember(one);
      this.#parts.began(positions.map(({ position }) => position));
    }
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const message of held) this.#handle(message);
    this.#parts.healed();
  }

  /** Executions since shortly before the last one known; where that is long ago (or on a server that replays the past), of the server's last week. */
  async #recentExecutions(): Promise<readonly VenueExecution[]> {
    const now = this.#parts.now();
    const since = this.#lastExecution === undefined ? undefined : this.#lastExecution - OVERLAP_MS;
    return this.#parts.reader.recentExecutions(since !== undefined && now - since < WEEK_MS ? since : undefined);
  }

  /** Orders that were open when the link broke and are not any more: what became of them. */
  async #vanished(open: readonly VenueOrder[]): Promise<void> {
    const { reader, tracker, alert } = this.#parts;
    const still = new Set(open.map((order) => order.venueOrderId));
    for (const order of tracker.open()) {
      if (still.has(order.venueOrderId) || order.clientOrderId === "") continue;
      const found = await reader.find(order.symbol, { orderLinkId: order.clientOrderId }, { always: true });
      if (found !== undefined && "venueOrderId" in found) this.#order(found);
      else if (found !== undefined) throw new Error(found.message);
      // An order that was only acknowledged may not show yet; its placing has its own reconciliation.
      else if (order.status !== "pending") alert(orderVanished(order));
    }
  }

  /** @param before - the positions when they were asked for; one that the stream has told since is newer. */
  #healPositions(positions: readonly WirePosition[], before: ReadonlyMap<string, unknown> = this.#positions): void {
    const same = (symbol: string): boolean => this.#positions.get(symbol) === before.get(symbol);
    const symbols = new Set(positions.map(({ position }) => position.symbol));
    for (const one of positions) if (same(one.position.symbol)) this.#position(one);
    for (const [symbol, { flat }] of this.#positions)
      if (!flat && !symbols.has(symbol) && same(symbol)) this.#position(parsePosition({ symbol, side: "", size: "0" }));
  }

  #handle(message: Row): void {
    const frame = topicFrame(message);
    if (frame === undefined) return;
    const [topic = ""] = frame.topic.split(".");
    if (topic === "wallet") {
      this.#wallets++;
      this.#each([message], () => this.#parts.tell({ type: "balance", balances: parseWallet(frame.data), time: frame.time }));
      return;
    }
    // A topic without a category brings all of them.
    const rows = rowsOf(frame.data).filter((row) => row.category === undefined || row.category === this.#category);
    if (topic === "order") this.#each(rows, (row) => this.#order(this.#parts.reader.order(row)));
    else if (topic === "execution") this.#each(rows, (row) => this.#execution(this.#parts.reader.execution(row)));
    else if (topic === "position") this.#each(rows, (row) => this.#position(parsePosition(row)));
  }

  #each(rows: readonly Row[], take: (row: Row) => void): void {
    for (const row of rows) {
      try {
        take(row);
      } catch (error) {
        this.#parts.report(error);
      }
    }
  }

  #order(incoming: VenueOrder): boolean {
    const order = this.#parts.tracker.accept(incoming);
    if (order === undefined) return false;
    if (order.status === "unknown")
      this.#parts.alert({
        code: "ORDER_STATE_UNKNOWN",
        message: `Order ${order.clientOrderId || order.venueOrderId} is in a state that is not known; it counts as open.`,
        details: { venueOrderId: order.venueOrderId },
      });
    this.#parts.tell({ type: "order", order });
    return true;
  }

  #execution(execution: VenueExecution): boolean {
    const { ledger, tell, tracker } = this.#parts;
    this.#lastExecution = Math.max(this.#lastExecution ?? 0, execution.time);
    if (this.#before.has(execution.executionId) || ledger.has(execution.executionId)) return false;
    ledger.add(execution.executionId);
    // A maker's execution may come without the client id.
    const clientOrderId = execution.clientOrderId || (tracker.byVenueId(execution.venueOrderId)?.clientOrderId ?? "");
    tell({ type: "execution", execution: clientOrderId === execution.clientOrderId ? execution : { ...execution, clientOrderId } });
    return true;
  }

  #position(one: WirePosition): void {
    const { position, positionIdx, seq } = one;
    if (positionIdx !== 0) {
      if (!position.quantity.isZero())
        this.#parts.alert({
          code: "POSITION_MODE",
          message: `${position.symbol} trades in hedge mode; Tesserlab knows one-way mode only.`,
          details: { symbol: position.symbol },
        });
      return;
    }
    const known = this.#positions.get(position.symbol);
    // Every order makes a message, changed or not.
    const text = positionText(one);
    if (known !== undefined && ((seq !== undefined && seq < known.seq) || known.text === text)) return;
    this.#remember(one, text);
    this.#parts.tell({ type: "position", position, time: one.updatedAt ?? this.#parts.now() });
  }

  #remember(one: WirePosition, text: string = positionText(one)): void {
    const { position, seq } = one;
    this.#positions.set(position.symbol, {
      text,
      seq: seq ?? this.#positions.get(position.symbol)?.seq ?? 0,
      flat: position.quantity.isZero(),
    });
  }
}

function positionText({ position }: WirePosition): string {
  const { quantity, averageEntry, realizedPnl } = position;
  return `${quantity.toFixed()}|${averageEntry?.toFixed() ?? ""}|${realizedPnl.toFixed()}`;
}
