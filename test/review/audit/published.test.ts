// Published checkpoints, as they are read back from the log.
import { expect, test } from 'vitest'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { readPublished } from '../../../src/review/audit/published.ts'
import { VECTORS } from './vectors.ts'

test('checkpoints of this log are read, each once; what else is in the topic is passed over', async () => {
  const log = new MemoryLog()
  await log.createTopic({ topic: 'checkpoints', partitions: 3, config: {} }, 1)
  const [own, other] = VECTORS.notes
  const values = [
    own.note,
    'not a note',
    null,
    other?.note ?? '',
    own.note,
    '',
    `${own.text}\n— a AAAAAAA=\n`,
  ]
  await log.produce(
    'checkpoints',
    values.map((value, at) => ({ key: String(at), value })),
  )
  const read = await readPublished(log, 'checkpoints', own.name)
  expect(read.map(({ size }) => size)).toEqual([64, 64])
  expect(new Set(read.map(({ note }) => note.signatures[0]?.name))).toEqual(new Set([own.name, 'a']))
  expect(await readPublished(log, 'checkpoints', 'nowhere.example')).toEqual([])
  await log.close()
})
