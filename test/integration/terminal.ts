import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { stringify } from 'yaml'
import type { Settings } from '../../src/settings/settings.ts'

const ROOT = new URL('../..', import.meta.url).pathname

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Commands run as a person would, each a process of its own, with a settings file for this deployment. */
export class Terminal {
  readonly #config: string

  constructor({ folder, settings }: { readonly folder: string; readonly settings: Settings }) {
    this.#config = join(folder, 'hashwarden.yaml')
    writeFileSync(this.#config, stringify(settings))
  }

  async run(args: readonly string[], input = ''): Promise<Ended> {
    const child = this.start(args)
    child.stdin.end(input)
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
    return { code: child.exitCode, out, err }
  }

  /** Runs a line of shell in which `"$@"` is the command. */
  async shell(line: string, args: readonly string[]): Promise<Ended> {
    const command = [process.execPath, 'src/cli/main.ts', ...args, '--config', this.#config]
    const child = spawn('sh', ['-c', line, 'sh', ...command], {
      cwd: ROOT,
      env: { ...process.env, KAFKA_BROKERS: '' },
    })
    child.stdin.end()
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
    return { code: child.exitCode, out, err }
  }

  start(args: readonly string[]) {
    return spawn(process.execPath, ['src/cli/main.ts', ...args, '--config', this.#config], {
      cwd: ROOT,
      env: { ...process.env, KAFKA_BROKERS: '' },
    })
  }
}
