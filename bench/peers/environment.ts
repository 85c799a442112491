import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('../../.cache/peers/', import.meta.url))
const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url))
const PYTHON = `${FOLDER}bin/python`

function works(): boolean {
  try {
    execFileSync(PYTHON, ['-c', 'import confluent_kafka, faiss, threatexchange'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/**
 * The Python of the peers' own virtual environment, which is made if it isn't there (a minute, some 200 MB).
 * Throws if there is no Python 3 with venv, or the packages can't be had.
 */
export function peersPython(say: (line: string) => void): string {
  if (works()) return PYTHON
  say('Installing faiss, threatexchange and confluent-kafka into .cache/peers…')
  try {
    execFileSync('python3', ['-m', 'venv', FOLDER], { stdio: ['ignore', 'ignore', 'inherit'] })
    execFileSync(PYTHON, ['-m', 'pip', 'install', '--quiet', '--requirement', REQUIREMENTS], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  } catch (cause) {
    throw new Error(
      'The peers could not be installed (see above): they need Python 3.11 or newer with venv, and PyPI. ' +
        'Without them run the benchmark with --no-peers.',
      { cause },
    )
  }
  return PYTHON
}
