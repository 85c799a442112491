// What comes of the jobs' results: the checks that they must pass, and the files that they make.
import { writeResult } from '../machine.ts'
import { isPeer, type Job, type JobResult, type Row } from './jobs.ts'

export type Done = { readonly job: Job; readonly result: JobResult }

/** Throws if a planted value was missed. */
export function checkRecall(rows: readonly Row[]): void {
  for (const { engine, set, known, batch, found, planted } of rows) {
    if (found === planted) continue
    throw new Error(
      `${engine} found ${found} of ${planted} planted values (${set}, ${known}, batch ${batch}).`,
    )
  }
}

/**
 * Throws if another engine counts other matches, query by query, than the multi-index does on the same set. Returns how
 * many answers were compared.
 */
export function checkAgreement(results: readonly Done[]): number {
  let compared = 0
  for (const { job, result } of results) {
    const ours = results.find(
      ({ job: { engine, set, known } }) => engine === 'multi-index' && set === job.set && known === job.known,
    )?.result.counts
    if (!ours || ours === result.counts) continue
    const length = Math.min(ours.length, result.counts.length)
    const place = result.counts.findIndex((count, query) => query < length && count !== ours[query])
    if (place >= 0) {
      throw new Error(
        `${job.name}: query ${place} has ${result.counts[place]} matches, of the multi-index ${ours[place]}.`,
      )
    }
    compared += length
  }
  return compared
}

/** Which peers were measured. All jobs in Python say the same, but for the SIMD level that one is held to. */
export function versionsOf(results: readonly Done[]): Readonly<Record<string, string>> {
  return results.find(({ job }) => job.engine === 'faiss-flat')?.result.versions ?? {}
}

/** Writes bench/results/search.json (ours) and search-peers.json. */
export function writeResults(results: readonly Done[]): void {
  for (const peers of [false, true]) {
    const own = results.filter(({ job }) => isPeer(job) === peers)
    if (own.length === 0) continue
    const builds = own.map(({ job: { engine, set, known }, result }) => ({
      engine,
      set,
      known,
      seconds: Number(result.buildSeconds.toPrecision(3)),
      comparedQueries: result.counts.length,
    }))
    const rows = own.flatMap(({ result }) => result.rows)
    writeResult(peers ? 'search-peers' : 'search', {
      ...(peers ? { versions: versionsOf(results) } : {}),
      builds,
      rows,
    })
  }
}

/** A row in words, to show while it is measured. */
export function describeRow({
  batch,
  radius,
  orientations,
  limit,
  micros,
  leastMicros,
  visited,
}: Row): string {
  const how = `batch ${batch}, radius ${radius}, orientations ${orientations.toString(2)}, limit ${limit}`
  const tree = visited === undefined ? '' : `, visiting ${(visited * 100).toPrecision(3)} %`
  return `${how}: ${micros} µs a query (least ${leastMicros})${tree}`
}
