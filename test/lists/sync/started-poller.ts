// A poller of one source, as a daemon has it after a start.
import { encodeListRecord, listRecordKey, type ListState } from '../../../src/contract/list-state.ts'
import { GATE_LIMITS } from '../../../src/lists/import/gate.ts'
import { ListRecords } from '../../../src/lists/list-records.ts'
import type { ListClient } from '../../../src/lists/sync/list-client.ts'
import { SourcePoller, type PollerOptions } from '../../../src/lists/sync/source-poller.ts'
import type { MemoryLog } from '../../../src/log/memory-log.ts'
import { createMetrics, type Metrics } from '../../../src/telemetry/metrics.ts'
import { intakeOf, LISTS, SOURCE } from './list-topics.ts'

export interface Started {
  readonly poller: SourcePoller
  readonly metrics: Metrics
  readonly poll: () => Promise<number>
}

export async function start(
  log: MemoryLog,
  client: ListClient,
  options: Partial<PollerOptions> = {},
): Promise<Started> {
  const metrics = createMetrics({ ofProcess: false })
  const records = new ListRecords()
  await records.read(log, LISTS)
  const save = (state: ListState): Promise<void> =>
    log.produce(LISTS, [{ key: listRecordKey(state), value: encodeListRecord(state) }])
  const poller = new SourcePoller({
    source: SOURCE,
    client,
    everyMs: 600_000,
    staleAfterMs: 3_600_000,
    limits: GATE_LIMITS,
    openIntake: () => intakeOf(log),
    records,
    save,
    onPoll: () => {},
    metrics,
    random: () => 0,
    ...options,
  })
  const poll = async (): Promise<number> => {
    // As the daemon hears approvals.
    await records.read(log, LISTS)
    return poller.poll(new AbortController().signal)
  }
  return { poller, metrics, poll }
}
