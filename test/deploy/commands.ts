// The commands of the program, as its help names them.
import { readFileSync } from 'node:fs'

export function commandNames(): readonly string[] {
  const source = readFileSync(new URL('../../src/cli/main.ts', import.meta.url), 'utf8')
  return [...source.matchAll(/^ {2}(\w+): async \(\) =>/gm)].map(([, name]) => name)
}
