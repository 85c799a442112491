// `npm run test:gateway-api`: schemathesis, a fuzzer of OpenAPI documents, holds the gateway to the document that it serves. It
// needs Python with venv, and PyPI the first time, so that `npm test` leaves it out.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { pythonOf } from '../../../bench/peers/environment.ts'
import { openGateway } from '../gateway-in-memory.ts'

const { values: flags } = parseArgs({
  options: { examples: { type: 'string', default: '500' }, seed: { type: 'string', default: '1' } },
})
const python = pythonOf(
  {
    name: 'schemathesis',
    requirements: new URL('requirements.txt', import.meta.url),
    modules: ['schemathesis'],
    what: 'schemathesis, 60 MB',
  },
  console.log,
)
const gateway = await openGateway()
try {
  const fuzzer = spawn(
    join(dirname(python), 'st'),
    [
      'run',
      `${gateway.url}/v1/openapi.json`,
      '--header',
      `X-API-Key: ${gateway.keyOf('example')}`,
      '--max-examples',
      flags.examples,
      '--seed',
      flags.seed,
      '--generation-database',
      'none',
      '--exclude-checks',
      'positive_data_acceptance',
    ],
    { stdio: 'inherit' },
  )
  const [code] = await once(fuzzer, 'exit')
  process.exitCode = Number(code ?? 1)
} finally {
  await gateway.close()
}
