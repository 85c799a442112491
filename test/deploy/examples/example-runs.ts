// Runs a producer of deploy/examples on files, and reads what it has brought in as a matcher does.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Rejection } from '../../../src/contract/rejection.ts'
import { decodeReport, type Report } from '../../../src/contract/report.ts'
import type { EventLog } from '../../../src/log/event-log.ts'
import { readToEnd } from '../../../src/log/read-to-end.ts'

export const PYTHON_EXAMPLES = fileURLToPath(new URL('../../../deploy/examples/python/', import.meta.url))
export const GO_EXAMPLES = fileURLToPath(new URL('../../../deploy/examples/go/', import.meta.url))

/** Made-up uploads, more than one batch of them. */
export class Uploads implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'hashwarden-examples-'))
  readonly files: readonly string[]

  constructor(count = 502) {
    this.files = Array.from({ length: count }, (_, at) => {
      const file = join(this.#folder, `upload-${at}`)
      writeFileSync(file, content(at))
      return file
    })
  }

  /** What the reports of all uploads have to say, by the SHA-256 of each: the other digests. */
  get expected(): ReadonlyMap<string, object> {
    return new Map(
      this.files.map((_, at) => [
        digestOf('sha256', at),
        {
          mediaType: 'image',
          byteLength: content(at).length,
          hashes: (['sha256', 'sha1', 'md5'] as const).map((type) => ({ type, value: digestOf(type, at) })),
        },
      ]),
    )
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

const content = (at: number): string => `A made-up upload, number ${at}.`
const digestOf = (type: string, at: number): string => createHash(type).update(content(at)).digest('hex')

/** What the program prints. Rejects if it ends with an error. */
export async function runExample(
  command: readonly [string, ...string[]],
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  const [program, ...words] = command
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...environment }
  const { stdout } = await promisify(execFile)(program, words, { cwd: folder, env })
  return stdout
}

/** All reports of a topic, in the form of {@link Uploads.expected}. Throws if one is refused, or comes twice. */
export async function reportsIn(
  log: EventLog,
  topic: string,
  platform: string,
): Promise<ReadonlyMap<string, object>> {
  const found = new Map<string, object>()
  await readToEnd(log, topic, ({ key, value }) => {
    const report = decodeReport(value)
    if (report instanceof Rejection) throw new Error(`A report is refused: ${report.toString()}`)
    if (report.reportId !== key?.toString() || report.platform !== platform)
      throw new Error('A report has another key than its id, or another platform')
    const [first] = report.hashes
    if (found.has(first.value)) throw new Error('A report came twice')
    found.set(first.value, said(report))
  })
  return found
}

const said = ({ mediaType, byteLength, hashes }: Report): object => ({ mediaType, byteLength, hashes })
