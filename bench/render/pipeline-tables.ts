// Tables of the pipeline benchmark.
import { STAGES } from '../../src/telemetry/stages.ts'
import type { Pace, Percentiles } from '../pipeline/jobs.ts'
import { inMicros, jobsOf, rate, rateOf, sizesOf, whole, type PipelineResult } from './pipeline-rows.ts'
import { times } from './search-rows.ts'
import { on, table } from './table.ts'

const NONE = '–'
const ms = (figure: number): string => `${figure} ms`
const shown = (figure: number | undefined): string => (figure === undefined ? NONE : rate(figure))
const text = (figure: number | undefined): string => (figure === undefined ? NONE : whole(figure))

/** What a report was in all of it. */
const REPORTS =
  'Reports of a PDQ hash and an MD5, one in a hundred near a known hash or of one, every hit of them counted; the broker on the same two cores'

/** The README's part. */
export function pipelineSummary(result: PipelineResult): string {
  const rows = sizesOf(result).map((known) => {
    const [peer] = jobsOf(result, 'peer', { known })
    const alike = rateOf(result, known, 1, 1, 1)
    return [
      whole(known),
      shown(rateOf(result, known, 8, 1, 1)),
      shown(rateOf(result, known, 8, 1, 2)),
      shown(alike),
      peer && alike ? `${rate(peer.answer.perSecond)} (${times(alike / peer.answer.perSecond)})` : NONE,
    ]
  })
  const head = [
    'known hashes',
    '**hashwarden**, all 8 orientations, 1 thread',
    'the same, 2 threads',
    '**hashwarden**, 1 orientation, 1 thread',
    'PDQIndex behind confluent-kafka, 1 orientation, 1 thread',
  ]
  return `**The whole matcher, in reports a second.** ${REPORTS}. In brackets, how many times the peer’s rate hashwarden’s is. Two digits: another run differs in the third. kafkajs that only parses the reports reaches ${passThrough(result)}, whatever is known.

${table(head, rows)}

![Reports a second against the number of known hashes](bench/results/pipeline-rate.svg)

${[latencySentence(result), ...otherSentences(result)].join(' ')} More, by processes, threads and stages: [bench/results](bench/results/README.md).

(${on(result.machine)})`
}

/** The control, which can't depend on the set: how far apart its rates lie says how exact the others are. */
function passThrough(result: PipelineResult): string {
  const rates = jobsOf(result, 'parts').map(({ answer }) => 1e6 / answer.passThroughMicros)
  const sorted = rates.toSorted((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)]
  return `${rate(median)} (median of ${sorted.length}; ${rate(sorted[0])} to ${rate(sorted[sorted.length - 1])})`
}

function latencySentence(result: PipelineResult): string {
  const loads = jobsOf(result, 'latency').flatMap(({ answer }) => answer.loads)
  const each = loads.map(
    ({ share, perSecond, ms: { p50, p99 } }) =>
      `${ms(p50)} (median) and ${ms(p99)} (99 %) at ${share * 100} % of the rate that the matcher reaches, ${whole(perSecond)} reports a second`,
  )
  return `From a report to its hit in a reader’s hands: ${each.join('; ')}.`
}

function otherSentences(result: PipelineResult): string[] {
  const looksBack = jobsOf(result, 'retro').map(
    ({ job, answer }) => `${whole(answer.reportsPerSecond)} against ${whole(job.newValues)} new known hashes`,
  )
  return [
    ...jobsOf(result, 'visible').map(
      ({ job, answer }) =>
        `An added known hash matched in all ${job.processes} processes after ${ms(answer.p50Ms)} (median; at most ${ms(answer.greatestMs)}).`,
    ),
    ...jobsOf(result, 'start').map(
      ({ job, answer }) =>
        `With ${whole(job.known)} known PDQ hashes a process is ready ${answer.medianReadySeconds} s after its start, from a snapshot; it takes ${whole(answer.readyMiB.now)} MiB then, and at most ${whole(answer.afterTrafficMiB.peak)} MiB in a minute of full traffic.`,
    ),
    `Retained reports are looked back at, a second: ${looksBack.join('; ')}.`,
  ]
}

/** Everything: for bench/results/README.md. */
export function pipelineTables(result: PipelineResult): string {
  return [
    '## The whole matcher',
    `${REPORTS}. A report is done when its offset is committed: the same for every consumer here, once in full swing. Sets hold the PDQ hashes named and a tenth as many MD5s; reports have six partitions and wait in the topic. Canaries and looking back are off.`,
    partsTable(result),
    scaleTable(result),
    stagesTable(result),
    peerTable(result),
    latencyTable(result),
    '![From a report to its hit](pipeline-latency.svg)',
    startTable(result),
    ...otherSentences(result),
    `(${on(result.machine)})`,
  ].join('\n\n')
}

function partsTable(result: PipelineResult): string {
  const rows = jobsOf(result, 'parts').map(({ job, answer }) => [
    whole(job.known),
    job.orientations,
    ...[answer.passThroughMicros, answer.indexMicros, answer.matchingMicros, answer.wholeMicros].map(
      inMicros,
    ),
    answer.overParts.toFixed(2),
    answer.overIndex.toFixed(2),
  ])
  const head = [
    'known hashes',
    'orientations',
    'kafkajs that parses (a)',
    'the index alone (b)',
    'matching alone (c)',
    'whole matcher, one thread (d)',
    'd / (a + c)',
    'c / (1.5 b + 2 µs)',
  ]
  return `### Against its parts, in microseconds a report\n\nEach in turn on the same reports, medians of three rounds, and of their ratios. Matching: a parsed report in, a hit’s bytes out, in batches of the same size; the index: the same PDQ queries, and the look-up of each MD5.\n\n${table(head, rows)}`
}

function scaleTable(result: PipelineResult): string {
  const columns = [1, 2, 3].flatMap((processes) => [1, 2].map((threads) => ({ processes, threads })))
  const rows = sizesOf(result).flatMap((known) =>
    ([1, 8] as const).map((orientations) => [
      whole(known),
      orientations,
      ...columns.map(({ processes, threads }) =>
        text(rateOf(result, known, orientations, processes, threads)),
      ),
    ]),
  )
  const head = [
    'known hashes',
    'orientations',
    ...columns.map(
      ({ processes, threads }) =>
        `${processes} process${processes > 1 ? 'es' : ''} × ${threads} thread${threads > 1 ? 's' : ''}`,
    ),
  ]
  return `### Processes and threads, in reports a second\n\nTwo cores in all, and the broker has a part of them: more processes bring no more here; they show what several cost.\n\n${table(head, rows)}`
}

const cpu = ({ cpuMicros }: Pace, name: string): string => inMicros(cpuMicros[name] ?? NaN)

function stagesTable(result: PipelineResult): string {
  const rows = jobsOf(result, 'whole').map(({ job, answer }) => {
    const all = Object.values(answer.stageSeconds).reduce((sum, one) => sum + one, 0)
    return [
      whole(job.known),
      job.orientations,
      `${job.processes} × ${job.threads}`,
      inMicros(answer.micros),
      cpu(answer, 'matcher'),
      cpu(answer, 'broker'),
      ...STAGES.map((stage) => `${Math.round((100 * answer.stageSeconds[stage]) / all)} %`),
      answer.batch,
    ]
  })
  const head = [
    'known hashes',
    'orientations',
    'processes × threads',
    'clock, µs a report',
    'matcher’s processor time, µs a report',
    'broker’s',
    ...STAGES,
    'reports a batch',
  ]
  return `### What bounds it\n\nProcessor time of all threads; and each stage’s share of the time that stages take (\`hashwarden_stage_seconds\`; some overlap).\n\n${table(head, rows)}`
}

function peerTable(result: PipelineResult): string {
  const peers = jobsOf(result, 'peer')
  if (peers.length === 0) return '### Peers\n\nNot measured.'
  const rows = peers.map(({ job: { known }, answer }) => {
    const ratio = (ours: number | undefined): string =>
      ours === undefined ? NONE : `${whole(ours)} (${times(ours / answer.perSecond)})`
    return [
      whole(known),
      whole(answer.perSecond),
      cpu(answer, 'consumer'),
      `${answer.buildSeconds} s`,
      whole(answer.residentMiB.peak),
      ratio(rateOf(result, known, 1, 1, 1)),
      ratio(rateOf(result, known, 1, 1, 2)),
      ratio(rateOf(result, known, 8, 1, 2)),
    ]
  })
  const head = [
    'known hashes',
    'PDQIndex, reports a second',
    'its processor time, µs a report',
    'its index built in',
    'its memory, MiB',
    'hashwarden, 1 orientation, 1 thread',
    '1 orientation, 2 threads',
    '8 orientations, 2 threads',
  ]
  const versions = Object.entries(peers[0].answer.versions).map(([name, version]) => `${name} ${version}`)
  return `### Against a consumer in Python\n\nthreatexchange’s PDQIndex and a set of MD5s behind confluent-kafka, on the same reports; it commits once its hits are acknowledged, too (${versions.join(', ')}).\n\n${table(head, rows)}`
}

const inColumns = ({ p50, p90, p99, p999, greatest }: Percentiles): number[] => [
  p50,
  p90,
  p99,
  p999,
  greatest,
]

function latencyTable(result: PipelineResult): string {
  const rows = jobsOf(result, 'latency').flatMap(({ job, answer }) =>
    answer.loads.map((load) => [
      whole(job.known),
      `${load.share * 100} % of ${whole(answer.reachedPerSecond)}`,
      whole(load.hits),
      ...inColumns(load.ms),
      load.sentLateMs.p50,
      load.sentLateMs.p99,
    ]),
  )
  const head = [
    'known hashes',
    'reports a second',
    'hits',
    'p50',
    'p90',
    'p99',
    'p99.9',
    'greatest',
    'sent late: p50',
    'p99',
  ]
  return `### From a report to its hit, in milliseconds\n\nFrom the moment at which a report was due to be sent, by a process of its own that never waits for the matcher, until a consumer of \`hits\` has its hit; the producer’s linger of 5 ms is part of it.\n\n${table(head, rows)}`
}

function startTable(result: PipelineResult): string {
  const rows = jobsOf(result, 'start').map(({ job, answer }) => [
    whole(job.known),
    job.threads,
    answer.readySeconds.join(', '),
    `${whole(answer.readyMiB.now)} (${whole(answer.readyMiB.peak)})`,
    `${whole(answer.afterTrafficMiB.now)} (${whole(answer.afterTrafficMiB.peak)})`,
  ])
  const head = [
    'known PDQ hashes',
    'threads',
    'seconds until ready, each start',
    'MiB in memory when ready (at most so far)',
    'after a minute of traffic (at most so far)',
  ]
  return `### Starting from a snapshot\n\n${table(head, rows)}`
}
