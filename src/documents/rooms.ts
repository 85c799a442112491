// The rooms of src/ and which way imports point: the one place that says so. The linter's rules (.oxlintrc.json) and
// the table in src/README.md are generated from it: `npm run documents`.

/** A folder of src/. */
export interface Room {
  /** What lives there, for the table. Markdown. */
  readonly purpose: string
  /** Rooms that its files may import; what those may import, too. `everything` for the room that wires all together. */
  readonly mayImport: readonly string[] | 'everything'
}

/** In the order of imports: a room imports only rooms above it. */
export const ROOMS: Readonly<Record<string, Room>> = {
  hash: {
    purpose:
      'hash values, pure: types, packing, Hamming distance, the eight orientations of a PDQ hash, chance of a random match',
    mayImport: [],
  },
  secrets: {
    purpose:
      'reads passwords, tokens and keys from files or the environment, and refuses files that others may read',
    mayImport: [],
  },
  telemetry: {
    purpose:
      'metrics, log, health and their HTTP server: never a hash, a reference or an identity; `panels/` what dashboards show, pure data',
    mayImport: [],
  },
  waiting: {
    purpose:
      'waiting that is more than a timer: pauses that a signal ends, back-off, polling, work with heartbeats',
    mayImport: [],
  },
  contract: {
    purpose:
      'what crosses a boundary: Report, KnownHash, Hit, DeadLetter as schemas with compiled checks and codecs; AsyncAPI from them',
    mayImport: ['hash'],
  },
  search: {
    purpose:
      'similarity search. Its face: the `HammingIndex` interface and `buildIndex`. `plain/` in JavaScript (flat scan, BK-tree), `wasm/` the host of `kernel/` (nested pigeonhole in WebAssembly SIMD, AssemblyScript), `dynamic/` an index that changes while several threads search it, `equal/` equality of cryptographic hashes',
    mayImport: ['hash'],
  },
  known: {
    purpose:
      'the known-hash set: entries with provenance, `apply(change, offset)`, digest; `packed/` is the one in production, `snapshot/` the file that it is kept in. Kafka-free',
    mayImport: ['contract', 'search'],
  },
  http: {
    purpose:
      'what our HTTP servers have in common: answers of RFC 9457, safe headers, figures of requests, certificates that are renewed in place',
    mayImport: [],
  },
  policy: {
    purpose: 'which match becomes a hit and how grave: pure functions of (match, policy)',
    mayImport: ['contract'],
  },
  matcher: {
    purpose: 'a batch of reports in, hits out: pure but for the known set that it reads',
    mayImport: ['known', 'policy'],
  },
  log: {
    purpose:
      'the `EventLog` port (consume, follow, produce, commit), its in-memory implementation, reading to an end',
    mayImport: ['contract'],
  },
  kafka: {
    purpose:
      'the port on kafkajs, and the only room that imports it: a supervised consumer, `fetch/` decoding, `security/` TLS and sign-in',
    mayImport: ['log'],
  },
  stream: {
    purpose:
      '`live/` the match loop, its commits and canaries; `threads/` one matcher a core; `feed/` the known set’s feed and snapshots; `topics/` what topics need to be; `retro/` looking back; `status/` what each process says of itself, and the picture of all of them',
    mayImport: ['matcher', 'log', 'kafka'],
  },
  hashing: {
    purpose: 'the platform’s side: files and pictures to hashes, with sharp, and hashes to reports',
    mayImport: ['contract'],
  },
  'report-client': {
    purpose:
      'the package that platforms install: reports on disk until the gateway has them; built into a package of its own',
    mayImport: ['hashing'],
  },
  settings: {
    purpose: 'reads and checks `config/*.yaml` and the environment',
    mayImport: ['contract', 'policy', 'kafka'],
  },
  lists: {
    purpose:
      'the lists of others: formats, import (all of a list or nothing), synchronisation, sharing on, curating',
    mayImport: ['search', 'log', 'stream', 'settings', 'http'],
  },
  gateway: {
    purpose:
      'the front door of platforms without Kafka: reports by HTTPS, all of a request or none; it knows nothing of what they match',
    mayImport: ['contract', 'log', 'stream', 'settings', 'http'],
  },
  review: {
    purpose:
      'the review queue: `store/` PostgreSQL, `intake/` hits to cases, `queue/` leases, `decisions/`, `audit/`, `sign-in/`, `api/`, `operations/`, `export/`',
    mayImport: ['contract', 'stream', 'settings', 'lists', 'http'],
  },
  console: {
    purpose:
      'the reviewers’ page (Preact): its own tsconfig, built by the set-up into `.cache/console`, served by `review/api/`',
    mayImport: ['contract'],
  },
  sample: {
    purpose:
      'made-up hashes, sample pictures and alterations of them: for the demonstration, the benchmarks and the tests',
    mayImport: ['hash', 'hashing'],
  },
  capacity: {
    purpose:
      'what a planned load needs, as machines, memory, disks: pure sums on figures that `measured.ts` takes from `bench/results`',
    mayImport: [],
  },
  documents: {
    purpose:
      'writes the committed documents that follow from the code: AsyncAPI, JSON Schemas, metrics, settings, codes, rights, capacity, import rules, this table',
    mayImport: ['contract', 'settings', 'stream', 'review', 'capacity'],
  },
  cli: {
    purpose:
      'one file a command; wires the rooms together. `cli/local/` is the demonstration that `npm start` runs',
    mayImport: 'everything',
  },
}

/** Rooms that every other room may import. They import nothing themselves. */
export const LEAVES: readonly string[] = ['hash', 'secrets', 'telemetry', 'waiting']

/** Packages that one room alone may import. */
export const CAGED_PACKAGES: Readonly<Record<string, string>> = { kafkajs: 'kafka' }

/** Whether files of `room` may import files of `other`. */
export function mayImport(room: string, other: string): boolean {
  if (room === other) return true
  const rooms = ROOMS[room].mayImport
  if (rooms === 'everything') return true
  if (LEAVES.includes(room)) return false
  return LEAVES.includes(other) || rooms.some((next) => mayImport(next, other))
}
