// What the pipeline benchmark measures: a job is measured by a process of its own, which starts what it measures in
// further ones.

/** How many of a PDQ hash's orientations are matched: it alone, or all. */
export type Orientations = 1 | 8

/** A job's kind, what it is asked, and what it answers. */
export interface Kinds {
  /** The matcher in one thread against its parts, in turns: kafkajs that parses; matching without Kafka; the index. */
  readonly parts: {
    readonly ask: {
      readonly known: number
      readonly orientations: Orientations
      readonly rounds: number
      readonly seconds: number
    }
    readonly answer: Parts
  }
  /** The matcher by processes and threads. */
  readonly whole: {
    readonly ask: {
      readonly known: number
      readonly orientations: Orientations
      readonly processes: number
      readonly threads: number
      readonly seconds: number
    }
    readonly answer: Whole
  }
  /** From a report to its hit, at shares of the rate that the same matcher reaches. */
  readonly latency: {
    readonly ask: {
      readonly known: number
      readonly orientations: Orientations
      readonly processes: number
      readonly threads: number
      /** Of measuring the rate that is reached. */
      readonly seconds: number
      readonly shares: readonly number[]
      /** Of traffic at each share; and before that, of traffic that isn't counted. */
      readonly trafficSeconds: number
      readonly warmUpSeconds: number
    }
    readonly answer: Latency
  }
  /** How soon a known hash that is added matches, in every process. */
  readonly visible: {
    readonly ask: {
      readonly known: number
      readonly processes: number
      readonly threads: number
      readonly samples: number
    }
    readonly answer: Visible
  }
  /** How soon a process is ready that starts from a snapshot, and the memory that it takes. */
  readonly start: {
    readonly ask: {
      readonly known: number
      readonly threads: number
      readonly starts: number
      readonly trafficPerSecond: number
      readonly trafficSeconds: number
    }
    readonly answer: Start
  }
  /** threatexchange's PDQIndex behind a consumer in Python. */
  readonly peer: {
    readonly ask: { readonly known: number; readonly seconds: number }
    readonly answer: Peer
  }
  /** Retained reports held against new known hashes. */
  readonly retro: {
    readonly ask: {
      /** In the topic beside it, not looked at: any set that is there. */
      readonly known: number
      readonly newValues: number
      readonly reports: number
      readonly rounds: number
    }
    readonly answer: Retro
  }
}

export type Kind = keyof Kinds
export type JobOf<K extends Kind> = { readonly kind: K; readonly name: string } & Kinds[K]['ask']
export type Job = { readonly [K in Kind]: JobOf<K> }[Kind]
export type AnswerOf<K extends Kind> = Kinds[K]['answer']
export type Answer = AnswerOf<Kind>

/** A job and what it said: what bench/results/pipeline.json holds. */
export type MeasuredOf<K extends Kind> = { readonly job: JobOf<K>; readonly answer: AnswerOf<K> }
export type Measured = { readonly [K in Kind]: MeasuredOf<K> }[Kind]

/** What was committed in a while: by the clock on the wall, and in processor time. */
export interface Pace {
  readonly reports: number
  readonly seconds: number
  readonly perSecond: number
  /** Microseconds a report: the clock's, and each process's of all of its threads. */
  readonly micros: number
  readonly cpuMicros: Readonly<Record<string, number>>
}

export interface Whole extends Pace {
  /** Reports that a batch had on average. */
  readonly batch: number
  /** Seconds of each stage, of all threads. */
  readonly stageSeconds: Readonly<Record<string, number>>
  /** Hits published; checked: each report that must have one has one, and no other. */
  readonly hits: number
}

export interface Parts {
  readonly rounds: readonly PartsRound[]
  /** Medians over the rounds, microseconds a report. */
  readonly passThroughMicros: number
  readonly matchingMicros: number
  readonly indexMicros: number
  readonly wholeMicros: number
  /** Medians of the rounds' ratios. */
  readonly overParts: number
  /** Time of matching against 1.5 × the index's + 2 µs: at most 1 is what we want. */
  readonly overIndex: number
}

export interface PartsRound {
  readonly passThrough: Pace
  readonly whole: Whole
  readonly alone: Alone
}

/** Matching in one thread without Kafka. */
export interface Alone {
  /** A parsed report in, a hit's bytes out: microseconds a report. */
  readonly matchingMicros: number
  /** The index's own: the same queries in the same batches, and the look-up of each MD5. */
  readonly indexMicros: number
  readonly batch: number
}

/** Milliseconds. */
export interface Percentiles {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly greatest: number
}

/**
 * From the moment at which a report was to be sent, whether it could be or not, until a consumer of the topic has its
 * hit in its hands.
 */
export interface Latency {
  readonly reachedPerSecond: number
  readonly loads: readonly {
    readonly share: number
    readonly perSecond: number
    readonly hits: number
    readonly ms: Percentiles
    /** How late the generator itself gave reports to its client, its linger included. */
    readonly sentLateMs: Percentiles
  }[]
}

/**
 * From a known hash acknowledged by the broker until a hit of it has been read from every partition, reports of it being
 * submitted to all of them without pause.
 */
export interface Visible {
  readonly partitions: number
  readonly samples: number
  readonly p50Ms: number
  readonly greatestMs: number
}

export interface Memory {
  readonly now: number
  readonly peak: number
}

export interface Start {
  /** From the process's start until /readyz says yes: of each start, in order. */
  readonly readySeconds: readonly number[]
  readonly medianReadySeconds: number
  /** Resident, in MiB: when ready, and after the traffic. */
  readonly readyMiB: Memory
  readonly afterTrafficMiB: Memory
  readonly trafficReports: number
}

export interface Peer extends Pace {
  readonly buildSeconds: number
  readonly residentMiB: Memory
  readonly hits: number
  readonly versions: Readonly<Record<string, string>>
}

/** Medians of the rounds: from Kafka, joining the groups included; and from bytes in memory. */
export interface Retro {
  readonly reportsPerSecond: number
  readonly withoutKafkaPerSecond: number
  readonly hits: number
}
