// The package that platforms install, as they have it: with nothing beside it but its two dependencies.
import { execFile, execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildClient } from '../../deploy/platform-client/build-client.mjs'
import { reportsIn, runExample, Uploads } from '../deploy/examples/example-runs.ts'
import { REPORTS, startGateway } from '../gateway/gateway-in-memory.ts'
import { samplePicture } from './sample-picture.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const MODULES = join(ROOT, 'node_modules')

/** This Node, and the one that the machine has outside of this project: another version, where there is one. */
const nodes = [
  ...new Set(
    [
      process.execPath,
      ...(process.env['PATH'] ?? '')
        .split(delimiter)
        .filter((folder) => !folder.includes('node_modules'))
        .map((folder) => join(folder, 'node')),
    ]
      .filter((path) => existsSync(path))
      .map((path) => realpathSync(path)),
  ),
].slice(0, 2)

let app: string

beforeAll(async () => {
  app = mkdtempSync(join(tmpdir(), 'hashwarden-app-'))
  mkdirSync(join(app, 'node_modules', '@types'), { recursive: true })
  await buildClient(join(app, 'node_modules', 'hashwarden'))
  for (const name of ['sharp', 'blockhash-core'])
    symlinkSync(join(MODULES, name), join(app, 'node_modules', name))
  writeFileSync(join(app, 'package.json'), '{"type":"module"}')
})

afterAll(() => rmSync(app, { recursive: true, force: true }))

const PROGRAM = `
import { ReportClient } from 'hashwarden/client'
import { readFileSync } from 'node:fs'
const [url, key, spool, picture, reportId] = process.argv.slice(2)
const client = new ReportClient({ url, key, spool })
client.on('rejected', (report) => console.error(report))
const { reportIds } = await client.report(readFileSync(picture), { reportId })
await client.close()
console.log(JSON.stringify(reportIds))
`

test.each(nodes.map((node) => [execFileSync(node, ['--version'], { encoding: 'utf8' }).trim(), node]))(
  'reports a picture on Node %s',
  async (version, node) => {
    const gateway = await startGateway()
    const program = join(app, 'report.mjs')
    writeFileSync(program, PROGRAM)
    const picture = join(app, 'picture.png')
    await samplePicture(picture)
    const words = [
      program,
      gateway.url,
      gateway.keyOf('example'),
      join(app, `spool-${version}`),
      picture,
      version,
    ]
    const { stdout, stderr } = await promisify(execFile)(node, words, { cwd: app })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual([version])
    const [{ value }] = await gateway.written()
    expect(value).toMatchObject({ reportId: version, platform: 'example', mediaType: 'image' })
  },
)

test('runs the producer of deploy/examples', async () => {
  using uploads = new Uploads(3)
  const gateway = await startGateway()
  const program = join(app, 'send_https.mjs')
  cpSync(join(ROOT, 'deploy', 'examples', 'node', 'send_https.mjs'), program)
  const output = await runExample([process.execPath, program, ...uploads.files], app, {
    HASHWARDEN_URL: gateway.url,
    HASHWARDEN_KEY: gateway.keyOf('example'),
    HASHWARDEN_SPOOL: join(app, 'spool-example'),
  })
  expect(output).toBe('{ accepted: 3, repeated: 0 }\n')
  const found = await reportsIn(gateway.log, REPORTS, 'example')
  expect([...found.keys()].toSorted()).toEqual([...uploads.expected.keys()].toSorted())
})

test('its types are enough for a strict program', () => {
  symlinkSync(join(MODULES, '@types', 'node'), join(app, 'node_modules', '@types', 'node'))
  writeFileSync(
    join(app, 'typed.ts'),
    `import { HashingError, ReportClient, SpoolFullError, type ClientOptions, type Trouble } from 'hashwarden/client'
const options: ClientOptions = { url: 'https://reports.example.org', key: async () => 'token', spool: './spool' }
const client = new ReportClient(options)
client.on('retry', ({ status, reason, inMs }: Trouble) => console.log(status, reason, inMs))
client.on('accepted', ({ accepted, repeated }) => console.log(accepted + repeated))
const { reportIds } = await client.report('a.jpg', { fields: { actorRef: 'a' } })
const first: string | undefined = reportIds[0]
// @ts-expect-error There is no such event.
client.on('nothing', () => {})
export const isSent: boolean = await client.close()
export { first, HashingError, SpoolFullError }
`,
  )
  const options = {
    strict: true,
    noEmit: true,
    module: 'nodenext',
    target: 'es2022',
    types: ['node'],
    skipLibCheck: false,
  }
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['typed.ts'] }))
  const compiler = join(MODULES, 'typescript', 'bin', 'tsc')
  const said = execFileSync(process.execPath, [compiler, '-p', app], { encoding: 'utf8' })
  expect(said).toBe('')
})
