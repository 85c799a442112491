// Runs a tool of the machine (Java, Maven, Docker) to its end.
import { execFile } from 'node:child_process'

/** How a tool ended. `output` is all that it printed, trimmed. */
export interface ToolRun {
  readonly ended: 'well' | 'badly' | 'not-found' | 'too-late'
  readonly output: string
}

export interface ToolOptions {
  readonly timeoutMs: number
  readonly environment: NodeJS.ProcessEnv
  /** Its working directory; by default ours. */
  readonly folder?: string
}

/** Runs a tool to its end. A failure is a value, no exception: a machine without the tool is an ordinary case. */
export function runTool(
  command: string,
  args: readonly string[],
  { timeoutMs, environment, folder }: ToolOptions,
): Promise<ToolRun> {
  return new Promise((resolve) => {
    const options = {
      timeout: timeoutMs,
      // A tool that exceeds its time is killed at once.
      killSignal: 'SIGKILL',
      env: environment,
      ...(folder !== undefined && { cwd: folder }),
      maxBuffer: 8 << 20,
    } as const
    execFile(command, args, options, (error, stdout, stderr) => {
      const output = `${stdout}\n${stderr}`.trim()
      if (!error) resolve({ ended: 'well', output })
      else if (error.code === 'ENOENT') resolve({ ended: 'not-found', output })
      else if (error.killed) resolve({ ended: 'too-late', output })
      else resolve({ ended: 'badly', output: output || error.message })
    })
  })
}

/** The last lines of an output, where tools print their error, without the frames of Java's stack traces. */
export function lastLines(text: string, count: number): string {
  const lines = text
    .trimEnd()
    .split('\n')
    .filter((line) => !/^\s+(at |\.\.\. \d)/.test(line))
  return lines.slice(-count).join('\n')
}
