// A process that starts a local PostgreSQL in the given folder, prints how to reach it, and waits to be killed.
import { freePort } from '../../../src/cli/local/broker-address.ts'
import { startLocalServer } from '../../../src/review/store/local-server.ts'

const [folder] = process.argv.slice(2)
const { pid, ownerUrl } = await startLocalServer({ folder, port: await freePort() })
console.log(JSON.stringify({ pid, ownerUrl }))
setInterval(() => {}, 60_000)
