/** Marks an SQLite file as a Tesserlab state file (`PRAGMA application_id`): "TSLB" in ASCII. */
export const APPLICATION_ID = 0x54534c42;

/**
 * The schema, one script a version: a new version is one script more, never an edited one. `PRAGMA user_version` counts the scripts a file has had.
 * Money, prices and quantities are TEXT (exact), times INTEGER epoch milliseconds, equity curves BLOBs of little-endian doubles.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE session (
    id TEXT PRIMARY KEY,
    strategy TEXT NOT NULL,
    params TEXT NOT NULL,
    settings TEXT NOT NULL,
    data TEXT NOT NULL,
    venue TEXT NOT NULL,
    currency TEXT NOT NULL,
    initial_cash TEXT NOT NULL,
    periods_per_year REAL NOT NULL,
    warnings TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER,
    status TEXT NOT NULL CHECK (status IN ('running', 'completed', 'stopped', 'failed', 'interrupted')),
    error TEXT,
    bars INTEGER NOT NULL,
    market_time INTEGER,
    equity TEXT NOT NULL,
    balance TEXT NOT NULL,
    fees TEXT NOT NULL,
    funding TEXT NOT NULL
  ) STRICT;

  CREATE TABLE orders (
    sequence INTEGER PRIMARY KEY,
    session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL,
    type TEXT NOT NULL,
    role TEXT NOT NULL,
    quantity TEXT NOT NULL,
    filled_quantity TEXT NOT NULL,
    price TEXT,
    trigger_price TEXT,
    reduce_only INTEGER NOT NULL,
    time_in_force TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    reason TEXT,
    UNIQUE (session, id)
  ) STRICT;

  CREATE TABLE fills (
    sequence INTEGER PRIMARY KEY,
    session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL,
    role TEXT NOT NULL,
    quantity TEXT NOT NULL,
    price TEXT NOT NULL,
    fee TEXT NOT NULL,
    fee_currency TEXT NOT NULL,
    liquidity TEXT NOT NULL,
    time INTEGER NOT NULL,
    UNIQUE (session, id),
    FOREIGN KEY (session, order_id) REFERENCES orders (session, id)
  ) STRICT;

  CREATE TABLE positions (
    session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    symbol TEXT NOT NULL,
    quantity TEXT NOT NULL,
    average_entry TEXT,
    mark_price TEXT,
    unrealized_pnl TEXT NOT NULL,
    realized_pnl TEXT NOT NULL,
    fees TEXT NOT NULL,
    PRIMARY KEY (session, symbol)
  ) STRICT;

  CREATE TABLE trades (
    session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    trade INTEGER NOT NULL,
    symbol TEXT NOT NULL,
    side TEXT NOT NULL,
    quantity TEXT NOT NULL,
    entry_time INTEGER NOT NULL,
    entry_price TEXT NOT NULL,
    exit_time INTEGER NOT NULL,
    exit_price TEXT NOT NULL,
    gross_pnl TEXT NOT NULL,
    fees TEXT NOT NULL,
    net_pnl TEXT NOT NULL,
    return REAL NOT NULL,
    bars INTEGER NOT NULL,
    exit_reason TEXT NOT NULL,
    PRIMARY KEY (session, trade)
  ) STRICT;

  CREATE TABLE equity (
    session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    start INTEGER NOT NULL,
    time BLOB NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (session, start)
  ) STRICT;

  CREATE TABLE event (
    sequence INTEGER PRIMARY KEY,
    session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    time INTEGER NOT NULL,
    level TEXT NOT NULL CHECK (level IN ('info', 'warning', 'error')),
    code TEXT NOT NULL,
    message TEXT NOT NULL
  ) STRICT;

  CREATE TABLE lock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    session TEXT NOT NULL,
    pid INTEGER NOT NULL,
    acquired INTEGER NOT NULL,
    heartbeat INTEGER NOT NULL
  ) STRICT;
  `,
  // 2: what live sessions need. The journal only grows; a snapshot is the journal up to a number, folded.
  `
  CREATE TABLE journal (
    session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    sequence INTEGER NOT NULL,
    time INTEGER NOT NULL,
    kind TEXT NOT NULL,
    symbol TEXT,
    payload TEXT NOT NULL,
    PRIMARY KEY (session, sequence)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX journal_kind ON journal (session, kind, sequence);

  CREATE TABLE snapshot (
    session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    sequence INTEGER NOT NULL,
    time INTEGER NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (session, sequence)
  ) STRICT;

  CREATE TABLE intent (
    session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    client_order_id TEXT NOT NULL,
    symbol TEXT NOT NULL,
    request TEXT NOT NULL,
    created INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('intended', 'landed', 'failed')),
    outcome TEXT,
    PRIMARY KEY (session, client_order_id)
  ) STRICT;

  CREATE TABLE execution (
    session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    execution_id TEXT NOT NULL,
    client_order_id TEXT NOT NULL,
    symbol TEXT NOT NULL,
    time INTEGER NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (session, execution_id)
  ) STRICT;

  CREATE TABLE algorithm (
    session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    payload TEXT NOT NULL,
    updated INTEGER NOT NULL,
    PRIMARY KEY (session, id)
  ) STRICT;

  CREATE TABLE flag (
    name TEXT PRIMARY KEY,
    session TEXT,
    value TEXT NOT NULL,
    time INTEGER NOT NULL
  ) STRICT;
  `,
  // 3: how the router or an algorithm sent an order.
  `
  ALTER TABLE orders ADD COLUMN route TEXT;
  `,
  // 4: why an order leaves a position.
  `
  ALTER TABLE orders ADD COLUMN exit_reason TEXT;
  `,
  // 5: which entry a protective leg is of.
  `
  ALTER TABLE orders ADD COLUMN entry_id TEXT;
  `,
];

/** The newest schema this release reads and writes. */
export const SCHEMA_VERSION: number = MIGRATIONS.length;
