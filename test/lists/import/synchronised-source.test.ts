import { expect, test } from 'vitest'
import { refuseSynchronised } from '../../../src/lists/import/synchronised-source.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'

const LISTS = 'lists'

async function logOf(...sources: readonly string[]): Promise<MemoryLog> {
  const log = new MemoryLog()
  await log.createTopic({ topic: LISTS, partitions: 1, config: {} })
  for (const source of sources) {
    const value = JSON.stringify({ schema: 'list-state/1', source })
    await log.produce(LISTS, [{ key: `state:${source}`, value }])
  }
  return log
}

test('a complete list of a source that the daemon reads is refused, with what to do', async () => {
  const log = await logOf('ncmec')
  await expect(refuseSynchronised(log, LISTS, 'ncmec')).rejects.toThrow(
    /hashset sync keeps the source ncmec.*without --complete.*--yes/,
  )
})

test('a source that the daemon does not read may come as a complete list, also where nothing is synchronised', async () => {
  await refuseSynchronised(await logOf('ncmec'), LISTS, 'iwf')
  await refuseSynchronised(new MemoryLog(), LISTS, 'iwf')
})
