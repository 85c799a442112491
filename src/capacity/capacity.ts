// The room `capacity` turns measured figures into machines, memory, disks and times for a load that is planned. Pure sums.
// This file: the plan for one load.
import { fleetFigures, machinesFor } from './fleet-figures.ts'
import type { Figure, PlannedLoad } from './figure.ts'
import { kafkaFigures } from './kafka-figures.ts'
import { MEASURED } from './measured.ts'
import { reviewFigures } from './review-figures.ts'
import { mostKnownHashes, postingPerHash } from './source-ids.ts'

export interface CapacityPlan {
  readonly asked: PlannedLoad
  readonly figures: readonly Figure[]
  /** What of it lies beyond what was measured, in sentences. */
  readonly beyond: readonly string[]
  /** What one process can't hold, in sentences: then the known set must be divided. */
  readonly impossible: readonly string[]
}

/** What the commands for topics take, too. */
const MOST_PARTITIONS = 10_000

export function planCapacity(asked: PlannedLoad): CapacityPlan {
  const figures = [...fleetFigures(asked), ...kafkaFigures(asked), ...reviewFigures(asked)]
  return { asked, figures, beyond: beyondMeasured(asked), impossible: impossibleParts(asked) }
}

/** The figure of a plan with this name. */
export function figureOf({ figures }: CapacityPlan, name: string): number {
  const found = figures.find((figure) => figure.name === name)
  if (found === undefined) throw new Error(`A plan has no figure "${name}"`)
  return found.value
}

function beyondMeasured(asked: PlannedLoad): readonly string[] {
  const { known, orientations, hitShare } = asked
  const { points, threads, hitShare: measuredShare } = MEASURED.pipeline
  const most = points[orientations].at(-1)
  const planned = machinesFor(asked)
  const sentences: (string | false)[] = [
    known > (most?.known ?? 0) &&
      `${count(known)} known hashes: the whole matcher was measured up to ${count(most?.known ?? 0)}, search alone up to ${count(MEASURED.search.mostKnown)}. Beyond, a report is taken to cost in proportion to the known hashes; between the two largest measured searches the exponent was ${MEASURED.search.exponent}.`,
    planned.threads > threads &&
      `${planned.threads} threads in a process: measured with ${threads}. The main thread, which confirms what may be a hit, is taken to keep up.`,
    planned.needed > 1 &&
      `${count(planned.needed)} machines at work: measured with up to three processes on one machine, whose rates share its ${MEASURED.pipeline.cores} cores. Machines are taken not to hinder each other, and the brokers to have cores of their own.`,
    hitShare > measuredShare &&
      `A share of ${hitShare} of hits: measured with ${measuredShare}. Each hit costs the main thread more than a report without one.`,
  ]
  return sentences.filter((sentence) => sentence !== false)
}

function impossibleParts(asked: PlannedLoad): readonly string[] {
  const mostKnown = mostKnownHashes(asked.idBytes)
  const partitions = fleetFigures(asked).find(({ name }) => name === 'partitions')?.value ?? 0
  const sentences: (string | false)[] = [
    asked.known > mostKnown &&
      `One process holds at most ${count(mostKnown)} known hashes with source ids of ${asked.idBytes} bytes (4 GiB of postings, ${postingPerHash(asked.idBytes).sum} each): divide the known set over several groups.`,
    partitions > MOST_PARTITIONS &&
      `\`provision.partitions\` goes up to ${count(MOST_PARTITIONS)}: divide the reports over several topics and groups.`,
  ]
  return sentences.filter((sentence) => sentence !== false)
}

const count = (number: number): string => number.toLocaleString('en')
