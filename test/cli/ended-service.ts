// A process that is a service which has ended, but for handles that were left open.
import { createServer } from 'node:net'
import { createLogger } from '../../src/telemetry/log.ts'
import { ServiceEnd } from '../../src/cli/service-end.ts'

const end = new ServiceEnd(createLogger('debug'), 'Nothing is cut off.')
end.begin()
createServer().listen(0, '127.0.0.1')
setInterval(() => {}, 60_000)
end.finish()
process.stdout.write('its last word')
if (process.argv[2] === 'fails') process.exitCode = 3
