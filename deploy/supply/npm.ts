// npm's own commands, with their output as JSON.
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

const ROOT = new URL('../../', import.meta.url).pathname

/** npm tries three times with minutes between them; who waits for an answer that does not come has better things to do. */
const FEW_RETRIES = ['--fetch-retries=1', '--fetch-retry-mintimeout=500', '--fetch-timeout=8000']
/** `npm audit signatures` asks for keys in a way of its own, with retries that no option reaches. */
const WITHIN_MS = 20_000

/**
 * What npm printed on standard output, within 20 s; nothing if it took longer. Its exit code says little: 1 stands for a
 * finding, and for no answer at all.
 */
export async function npm(words: readonly string[], folder = ROOT): Promise<string> {
  const child = spawn('npm', [...words, ...FEW_RETRIES], {
    cwd: folder,
    // npm says in words what it says in JSON.
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: WITHIN_MS,
    killSignal: 'SIGKILL',
  })
  const started = new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (cause) => reject(new Error('npm can’t be started: is it installed?', { cause })))
  })
  const [output] = await Promise.all([text(child.stdout), started])
  return output
}
