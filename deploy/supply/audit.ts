// `npm run audit`: known vulnerabilities of the locked packages, and the registry's signatures of those that are installed.
// Exit code 0: checked, nothing found; 1: found; 2: nothing found, but not everything was checked. A gate that takes 2 for
// 0 is blind, and one that takes it for 1 cries wolf.
import { npm } from './npm.ts'
import { exitCodeOf, judgeAdvisories, judgeSignatures, type Verdict } from './verdict.ts'

const said = (verdict: Verdict): string => {
  if (verdict.kind === 'found') return `FOUND: ${verdict.findings.join(', ')}`
  if (verdict.kind === 'unchecked') return `NOT CHECKED: ${verdict.why}`
  const lesser =
    verdict.lesser.length === 0 ? 'nothing found' : `nothing grave found, but ${verdict.lesser.join(', ')}`
  return `checked, ${lesser}`
}

// At the same time: where nothing answers, each takes as long as it may. What is less than high can wait for an update.
const checks: Readonly<Record<string, Promise<Verdict>>> = {
  'packages of production': npm(['audit', '--omit=dev', '--json']).then((answer) =>
    judgeAdvisories(answer, 'high'),
  ),
  'packages of development': npm(['audit', '--json']).then((answer) => judgeAdvisories(answer, 'high')),
  'signatures of packages': npm(['audit', 'signatures', '--json']).then(judgeSignatures),
}

const verdicts: Verdict[] = []
for (const [name, check] of Object.entries(checks)) {
  const verdict = await check
  verdicts.push(verdict)
  process.stdout.write(`${name.padEnd(24)} ${said(verdict)}\n`)
}
process.exitCode = exitCodeOf(verdicts)
if (process.exitCode === 2)
  process.stdout.write(
    verdicts.every(({ kind }) => kind === 'unchecked')
      ? 'NOTHING WAS CHECKED: run it where the registry answers.\n'
      : 'Nothing was found, but not everything was checked: run it where the registry answers.\n',
  )
