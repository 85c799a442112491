// A platform's process: reports one after the other, and prints the id of each that the client has taken. Words: url, key,
// spool, a name for its ids.
import { writeSync } from 'node:fs'
import { ReportClient } from '../../src/report-client/report-client.ts'
import { outgoing } from './outgoing.ts'

const [url, key, spool, name] = process.argv.slice(2)
const client = new ReportClient({ url, key, spool, batchMs: 20, retryMs: [20, 200] })
const ending = new AbortController()
process.on('SIGTERM', () => ending.abort())
for (let n = 0; !ending.signal.aborted; n++) {
  const id = `${name}-${n}`
  await client.submit(outgoing(id))
  // Before anything else: a process that is killed after it has said so.
  writeSync(1, `${id}\n`)
}
process.exitCode = (await client.close(60_000)) ? 0 : 1
