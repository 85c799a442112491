// Virtual environments for the Python programs that we compare ourselves with, made under .cache on first use.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A virtual environment: its folder under .cache, and the packages in it. */
export interface PythonEnvironment {
  readonly name: string
  readonly requirements: URL
  /** Its requirements name all that is needed: what packages ask for besides is left out. */
  readonly isClosed?: true
  /** Importing these shows that the environment is whole. */
  readonly modules: readonly string[]
  /** What a person reads while it is installed, and if that fails. */
  readonly what: string
}

const PEERS: PythonEnvironment = {
  name: 'peers',
  requirements: new URL('requirements.txt', import.meta.url),
  modules: ['confluent_kafka', 'faiss', 'threatexchange'],
  what: 'faiss, threatexchange and confluent-kafka, 200 MB',
}

/**
 * The Python of the peers' environment. Throws if it can't be installed: a benchmark can run without, with --no-peers.
 */
export function peersPython(say: (line: string) => void): string {
  try {
    return pythonOf(PEERS, say)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`${why} Without the peers, run the benchmark with --no-peers.`, { cause })
  }
}

/** The Python of an environment, which is installed if it isn't there. Throws if that fails. */
export function pythonOf(environment: PythonEnvironment, say: (line: string) => void): string {
  const { name, requirements, isClosed, modules, what } = environment
  const folder = fileURLToPath(new URL(`../../.cache/${name}/`, import.meta.url))
  const python = `${folder}bin/python`
  if (isWhole(python, modules)) return python
  say(`Installing ${what}, into .cache/${name} (once)…`)
  const stdio = ['ignore', 'ignore', 'inherit'] as const
  try {
    execFileSync('python3', ['-m', 'venv', folder], { stdio: [...stdio] })
    const install = ['-m', 'pip', 'install', '--quiet', '--requirement', fileURLToPath(requirements)]
    execFileSync(python, isClosed ? [...install, '--no-deps'] : install, { stdio: [...stdio] })
  } catch (cause) {
    throw new Error(
      `Cannot install ${what} (see above): this needs Python 3.11 or newer with venv, and PyPI.`,
      { cause },
    )
  }
  return python
}

function isWhole(python: string, modules: readonly string[]): boolean {
  try {
    execFileSync(python, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
