import { execFile } from 'node:child_process'

/** How a tool of the machine (Java, Maven, Docker) ended; `output` is all that it printed, trimmed. */
export interface ToolRun {
  readonly ended: 'well' | 'badly' | 'not-found' | 'too-late'
  readonly output: string
}

export interface ToolOptions {
  readonly timeoutMs: number
  readonly environment: NodeJS.ProcessEnv
  /** Where it runs; by default where we do. */
  readonly folder?: string
}

/** Runs a tool to its end. What goes wrong is a value: on the next machine it is the ordinary case. */
export function runTool(
  command: string,
  args: readonly string[],
  { timeoutMs, environment, folder }: ToolOptions,
): Promise<ToolRun> {
  return new Promise((resolve) => {
    const options = {
      timeout: timeoutMs,
      // A tool that is too late is not asked twice.
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

/** The end of a long output, where tools say what went wrong, without the frames of Java's stack traces. */
export function lastLines(text: string, count: number): string {
  const lines = text
    .trimEnd()
    .split('\n')
    .filter((line) => !/^\s+(at |\.\.\. \d)/.test(line))
  return lines.slice(-count).join('\n')
}
