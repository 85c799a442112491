// Files of any size in constant memory: a child process with a small heap reads generated lists that are larger.
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

const MIB = 2 ** 20
const TEXT_MIB = 52
/** The heap that a reader gets. The text alone is larger. */
const HEAP_MIB = 48

const md5 = '0123456789abcdef'.repeat(2)
const xmlRecord = `<image><member id="1"/><timestamp>2026-01-10T08:00:00Z</timestamp><id>a</id><fingerprints><md5>${md5}</md5></fingerprints></image>`

/** A list that begins, goes on and ends so. */
const LISTS = {
  lines: { begin: '', record: `md5 ${md5} an-id\n`, end: '' },
  ncmec: {
    begin: '<queryResult xmlns="urn:x"><images count="1" maxTimestamp="2026-01-10T08:00:00Z">',
    record: xmlRecord,
    end: '</images></queryResult>',
  },
  icse: {
    begin: 'MD5;Image ID;Series name;Baseline\n',
    record: `${md5};1;A series;Yes\n`,
    end: '',
  },
} as const

test.each(Object.entries(LISTS))(
  `a list larger than its heap is read record by record: %s`,
  (format, { begin, record, end }) => {
    const script = `
      import { Readable } from 'node:stream'
      import { openList } from './src/lists/formats/formats.ts'
      const { begin, record, end, mib } = ${JSON.stringify({ begin, record, end, mib: TEXT_MIB })}
      const block = Buffer.from(record.repeat(Math.ceil(${MIB} / record.length)))
      function* bytes() {
        yield Buffer.from(begin)
        for (let at = 0; at < mib; at++) yield block
        yield Buffer.from(end)
      }
      const { items } = await openList({ name: 'list', stream: Readable.from(bytes()) }, { format: ${JSON.stringify(format)} })
      let files = 0
      for await (const batch of items) files += batch.length
      console.log(files === mib * Math.ceil(${MIB} / record.length))`
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [`--max-old-space-size=${HEAP_MIB}`, '--input-type=module-typescript', '-e', script],
      { cwd: new URL('../../..', import.meta.url), encoding: 'utf8' },
    )
    expect({ stdout, stderr: stderr.slice(0, 2_000) }).toEqual({ stdout: 'true\n', stderr: '' })
  },
)
