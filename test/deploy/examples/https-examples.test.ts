// The producers of deploy/examples that need nothing to be installed, against a gateway with a certificate. Those that need
// packages or Go: `npm run test:examples`.
import { expect, onTestFinished, test } from 'vitest'
import { startGateway, reportOf, REPORTS, secretFile } from '../../gateway/gateway-in-memory.ts'
import { Authority } from '../../kafka/security/certificates.ts'
import { PYTHON_EXAMPLES, reportsIn, runExample, Uploads } from './example-runs.ts'

async function startSecure() {
  const authority = new Authority('examples')
  const { certificate, key } = authority.issue({ name: 'gateway', hosts: ['127.0.0.1'] })
  const tls = { certificate: secretFile(certificate), key: secretFile(key) }
  const gateway = await startGateway({ settings: { tls } })
  const environment = {
    HASHWARDEN_URL: gateway.url,
    HASHWARDEN_KEY: gateway.keyOf('example'),
    SSL_CERT_FILE: secretFile(authority.certificate),
  }
  return { gateway, environment }
}

function madeUploads(count?: number): Uploads {
  const uploads = new Uploads(count)
  onTestFinished(() => uploads[Symbol.dispose]())
  return uploads
}

test('the Python producer brings in a report of each file by HTTPS, and once if it runs twice', async () => {
  const { gateway, environment } = await startSecure()
  const uploads = madeUploads()
  const run = (): Promise<string> =>
    runExample(['python3', 'send_https.py', ...uploads.files], PYTHON_EXAMPLES, environment)
  expect(await run()).toBe("{'accepted': 500, 'repeated': 0}\n{'accepted': 2, 'repeated': 0}\n")
  expect(await run()).toBe("{'accepted': 0, 'repeated': 500}\n{'accepted': 0, 'repeated': 2}\n")
  expect(await reportsIn(gateway.log, REPORTS, 'example')).toEqual(uploads.expected)
})

test('the Python producer shows what the gateway refuses, and where', async () => {
  const { environment } = await startSecure()
  const script = `from send_https import *
send(os.environ["HASHWARDEN_URL"], os.environ["HASHWARDEN_KEY"], ${JSON.stringify([reportOf('a'), { ...reportOf('b'), mediaType: 'sound' }])})`
  await expect(runExample(['python3', '-c', script], PYTHON_EXAMPLES, environment)).rejects.toThrow(
    /RuntimeError: 400: .*"pointer": ?"\/1\/mediaType"/,
  )
})
