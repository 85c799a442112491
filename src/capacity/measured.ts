// What was measured. `npm run documents` takes the figures below from bench/results: never edit them by hand.

/** What a report cost, in microseconds of a core, with this number of known PDQ hashes. */
export interface MeasuredCost {
  readonly known: number
  readonly micros: number
}

/** `machine` names where each part was measured. */
export interface Measured {
  /** The whole matcher beside its broker. `cores`: of the machine. `readMicros`: reading a record, the slowest run. */
  readonly pipeline: {
    readonly machine: string
    readonly cores: number
    readonly threads: number
    readonly hitShare: number
    readonly readMicros: number
    /** By number of orientations, the smallest set first. */
    readonly points: Readonly<Record<1 | 8, readonly MeasuredCost[]>>
  }
  /** Search alone: its largest set, and the exponent of its cost from the second-largest set to that. */
  readonly search: { readonly mostKnown: number; readonly exponent: number }
  readonly knownSet: {
    readonly machine: string
    /** Bytes of each source id. */
    readonly idBytes: number
    /** Resident, with one entry for each hash. */
    readonly bytesPerHash: number
    /** The entry's part of it. */
    readonly postingBytes: number
    readonly postingsLimitBytes: number
    readonly microsPerApply: number
  }
  /** Without the set: of a process, and of each thread that catches up. */
  readonly memory: {
    readonly machine: string
    readonly baseBytes: number
    readonly bytesPerThread: number
  }
  readonly snapshot: {
    readonly machine: string
    readonly idBytes: number
    readonly entries: number
    readonly bytesPerHash: number
    readonly loadSecondsPerHash: number
  }
  /** To readiness, from a snapshot of `known` hashes; `baseSeconds` without its loading. */
  readonly start: { readonly machine: string; readonly known: number; readonly baseSeconds: number }
  readonly records: {
    readonly machine: string
    readonly reportBytes: number
    readonly reportPlainBytes: number
    readonly knownHashBytes: number
  }
  readonly review: {
    readonly machine: string
    readonly sizeMachine: string
    readonly hits: number
    readonly hitBytes: number
    readonly hitsPerSecond: number
    readonly databaseBytesPerHit: number
  }
}

export const MEASURED: Measured = {
  pipeline: {
    machine: 'Intel(R) Xeon(R) Processor, AVX-512 with VPOPCNTDQ, 2 cores, Node 24.21.0, 2026-11-26',
    cores: 2,
    threads: 2,
    hitShare: 0.01,
    readMicros: 7.511,
    points: {
      1: [
        { known: 2000, micros: 23.14 },
        { known: 100000, micros: 20.22 },
        { known: 1000000, micros: 28.31 },
        { known: 10000000, micros: 59.14 },
      ],
      8: [
        { known: 2000, micros: 23.75 },
        { known: 100000, micros: 32.41 },
        { known: 1000000, micros: 28.05 },
        { known: 10000000, micros: 152.5 },
      ],
    },
  },
  search: {
    mostKnown: 30000000,
    exponent: 0.96,
  },
  knownSet: {
    machine: 'AMD EPYC, AVX-512 with VPOPCNTDQ, 2 cores, Node 24.21.0, 2026-11-25',
    idBytes: 12,
    bytesPerHash: 223.9,
    postingBytes: 28.1,
    postingsLimitBytes: 4294967296,
    microsPerApply: 8.81,
  },
  memory: {
    machine: 'AMD EPYC, AVX-512 with VPOPCNTDQ, 2 cores, Node 24.21.0, 2026-11-25',
    baseBytes: 216764992,
    bytesPerThread: 410662624,
  },
  snapshot: {
    machine: 'AMD EPYC, AVX-512 with VPOPCNTDQ, 2 cores, Node 24.21.0, 2026-11-25',
    idBytes: 12,
    entries: 10000000,
    bytesPerHash: 64,
    loadSecondsPerHash: 4.87e-7,
  },
  start: {
    machine: 'Intel(R) Xeon(R) Processor, AVX-512 with VPOPCNTDQ, 2 cores, Node 24.21.0, 2026-11-26',
    known: 10000000,
    baseSeconds: 1.78,
  },
  records: {
    machine: 'AMD EPYC, AVX-512 with VPOPCNTDQ, 2 cores, Node 24.21.0, 2026-11-30',
    reportBytes: 85,
    reportPlainBytes: 421,
    knownHashBytes: 48,
  },
  review: {
    machine: 'AMD EPYC, AVX-512 with VPOPCNTDQ, 2 cores, Node 24.21.0, 2026-11-30',
    sizeMachine: 'AMD EPYC, AVX-512 with VPOPCNTDQ, 2 cores, Node 24.21.0, 2026-11-30',
    hits: 100000,
    hitBytes: 1786,
    hitsPerSecond: 6932,
    databaseBytesPerHit: 3064,
  },
}
