// What is known of lists: the newest record of each, in whatever order two readers bring them.
import { expect, test } from 'vitest'
import { encodeListRecord, listRecordKey, type ListRecord } from '../../src/contract/list-state.ts'
import { ListRecords } from '../../src/lists/list-records.ts'

const STATE = { schema: 'list-state/1', source: 'a', checkpoint: '1' } as const

const recordOf = (record: ListRecord, offset: number) => ({
  key: Buffer.from(listRecordKey(record)),
  value: Buffer.from(encodeListRecord(record)),
  offset,
})

test('a record that comes late changes nothing, and neither does a late removal', () => {
  const records = new ListRecords()
  records.apply(recordOf({ ...STATE, checkpoint: '2' }, 5))
  records.apply(recordOf(STATE, 3))
  records.apply({ ...recordOf(STATE, 4), value: null })
  expect(records.state('a')?.checkpoint).toBe('2')
})

test('a removed record is forgotten, and an older one does not bring it back', () => {
  const records = new ListRecords()
  records.apply(recordOf(STATE, 1))
  records.apply({ ...recordOf(STATE, 2), value: null })
  records.apply(recordOf(STATE, 1))
  expect(records.state('a')).toBeUndefined()
  expect(records.sources).toEqual([])
})

test('in a topic that was recreated offsets begin again', () => {
  const records = new ListRecords()
  records.apply(recordOf({ ...STATE, checkpoint: '2' }, 5))
  records.clear()
  records.apply(recordOf(STATE, 0))
  expect(records.state('a')?.checkpoint).toBe('1')
})
