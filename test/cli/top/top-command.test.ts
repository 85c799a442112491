// The command on a terminal of its own, without a broker: what it does to the terminal, and how it ends.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { eventually } from '../../fixtures/eventually.ts'

const ROOT = new URL('../../..', import.meta.url).pathname
const [ENTER, LEAVE] = ['\u001b[?1049h', '\u001b[?1049l']
const CURSOR_SHOWN = '\u001b[?25h'
/** Nothing listens there. */
const NO_BROKER = '127.0.0.1:1'

/** `hashwarden top` on a terminal of 80×24, which `script` makes. */
function onTerminal() {
  const command = `stty rows 24 cols 80; exec ${process.execPath} src/cli/main.ts top`
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: ROOT,
    env: { ...process.env, KAFKA_BROKERS: NO_BROKER, NO_COLOR: '1', TERM: 'xterm' },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let shown = ''
  child.stdout.on('data', (data: Buffer) => {
    shown += data.toString('utf8')
  })
  const ended = once(child, 'exit')
  return { press: (key: string) => child.stdin.write(key), shown: () => shown, ended }
}

test.each([
  ['q', 'q'],
  ['Ctrl-C', '\u0003'],
])(
  'on a terminal it takes the second screen, says that Kafka is away, and %s gives the first one back',
  async (_, key) => {
    const { press, shown, ended } = onTerminal()
    await eventually(async () => shown().includes('Cannot reach Kafka'))
    expect(shown().startsWith(ENTER)).toBe(true)
    expect(shown()).not.toContain(LEAVE)
    // Not a colour.
    expect(shown()).not.toContain('\u001b[3')
    press(key)
    expect(await ended).toEqual([0, null])
    expect(shown().endsWith(`${CURSOR_SHOWN}${LEAVE}`)).toBe(true)
    const lines = shown().split('\u001b[?2026h').at(-1)?.split('\r\n') ?? []
    expect(lines.length).toBeLessThanOrEqual(24)
  },
)

test('where standard output is no terminal it prints no control character, and ends with exit code 1 if Kafka is away', async () => {
  const child = spawn(process.execPath, ['src/cli/main.ts', 'top'], {
    cwd: ROOT,
    env: { ...process.env, KAFKA_BROKERS: NO_BROKER },
  })
  let written = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => {
      written += data.toString('utf8')
    })
  expect(await once(child, 'exit')).toEqual([1, null])
  expect(written).toContain('Cannot reach Kafka')
  expect(written).not.toContain('\u001b')
})
