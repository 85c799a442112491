// What an answer of `npm audit` means. A registry that refuses or can't be reached has checked nothing, and npm ends with exit
// code 1 then, as it does for a finding: the two must not be taken for each other.

/** `unchecked`: no answer on which a decision could rest. */
export type Verdict =
  | { readonly kind: 'clean'; readonly packages: number; readonly lesser: readonly string[] }
  | { readonly kind: 'found'; readonly findings: readonly string[] }
  | { readonly kind: 'unchecked'; readonly why: string }

type Fields = Readonly<Record<string, unknown>>

const SEVERITIES = ['info', 'low', 'moderate', 'high', 'critical'] as const

const isFields = (value: unknown): value is Fields =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

/** The answer as an object, or why there is none. */
function answerOf(output: string): Fields | string {
  let answer: unknown
  try {
    answer = JSON.parse(output)
  } catch {
    return output.trim() === '' ? 'npm gave no answer in time' : 'npm gave an answer that is not JSON'
  }
  if (!isFields(answer)) return 'npm gave an answer of another form'
  if (typeof answer['message'] === 'string') return answer['message']
  if (isFields(answer['error'])) return String(answer['error']['summary'] || answer['error']['code'])
  return answer
}

/** Of `npm audit --json`. Findings below `least` are named, and count as none. */
export function judgeAdvisories(output: string, least: (typeof SEVERITIES)[number] = 'info'): Verdict {
  const answer = answerOf(output)
  if (typeof answer === 'string') return { kind: 'unchecked', why: answer }
  const { vulnerabilities, metadata } = answer
  const dependencies = isFields(metadata) ? metadata['dependencies'] : undefined
  const packages = isFields(dependencies) ? Number(dependencies['total']) : 0
  // An audit of no packages is none, whatever it found.
  if (!isFields(vulnerabilities) || !(packages > 0))
    return { kind: 'unchecked', why: 'npm named no packages that it has checked' }
  const findings: string[] = []
  const lesser: string[] = []
  for (const [name, of] of Object.entries(vulnerabilities)) {
    const severity = isFields(of) ? String(of['severity']) : 'critical'
    // A severity that is not known counts as the gravest.
    const isLesser = SEVERITIES.slice(0, SEVERITIES.indexOf(least)).some((each) => each === severity)
    const list = isLesser ? lesser : findings
    list.push(`${name} (${severity})`)
  }
  return findings.length > 0 ? { kind: 'found', findings } : { kind: 'clean', packages, lesser }
}

const named = (list: readonly unknown[], what: string): readonly string[] =>
  list.map((one) => `${isFields(one) ? String(one['name']) : 'a package'} (${what})`)

/** Of `npm audit signatures --json`: packages whose signature is wrong, or lacks where the registry signs. */
export function judgeSignatures(output: string): Verdict {
  const answer = answerOf(output)
  if (typeof answer === 'string') return { kind: 'unchecked', why: answer }
  const { invalid, missing } = answer
  if (!Array.isArray(invalid) || !Array.isArray(missing))
    return { kind: 'unchecked', why: 'npm did not say which signatures it has checked' }
  const findings = [...named(invalid, 'wrong signature'), ...named(missing, 'no signature')]
  return findings.length > 0 ? { kind: 'found', findings } : { kind: 'clean', packages: 0, lesser: [] }
}

/** 0: all was checked, and nothing found. 1: found. 2: something was not checked, and nothing found. */
export function exitCodeOf(verdicts: readonly Verdict[]): 0 | 1 | 2 {
  if (verdicts.some(({ kind }) => kind === 'found')) return 1
  return verdicts.some(({ kind }) => kind === 'unchecked') ? 2 : 0
}
