// The producers of deploy/examples that need nothing to be installed, against a gateway with a certificate. Those that need
// packages or Go: `npm run test:examples`.
import { createServer, type ServerResponse } from 'node:http'
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

/** Answers that a balancer gives, or that break off, one after the other; then the gateway's. */
const PASSING: readonly ((answer: ServerResponse) => void)[] = [
  (answer) => answer.writeHead(500).end('<html>'),
  (answer) => answer.writeHead(502, { 'retry-after': 'Fri, 31 Dec 2100 23:59:59 GMT' }).end('<html>'),
  (answer) => answer.writeHead(504).end(),
  (answer) => answer.writeHead(202).end('{"accepted":'),
  (answer) => {
    answer.writeHead(202, { 'content-length': 100 }).write('{')
    setImmediate(() => answer.destroy())
  },
]

test('the Python producer sends again after whatever a balancer answers, and after an answer that is cut off', async () => {
  let requests = 0
  const server = createServer((request, answer) => {
    request.resume().on('end', () => {
      const fail = PASSING[requests++]
      if (fail) fail(answer)
      else answer.writeHead(202).end('{"accepted":1,"repeated":0}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('It has no port')
  const script = `import send_https
send_https.time.sleep = lambda seconds: None
print(send_https.send("http://127.0.0.1:${address.port}", "key", []))
print(send_https.seconds_of("86400", 1.0), send_https.seconds_of("7", 1.0), send_https.seconds_of("soon", 1.0))`
  expect(await runExample(['python3', '-c', script], PYTHON_EXAMPLES, {})).toBe(
    "{'accepted': 1, 'repeated': 0}\n300.0 7.0 1.0\n",
  )
  expect(requests).toBe(PASSING.length + 1)
})
