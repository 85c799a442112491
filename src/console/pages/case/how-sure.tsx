// How sure the hit is: the grade in words and whose list it rests on, the four figures behind it, then the measured distances.
import { Fragment, type ComponentChildren } from 'preact'
import type { CaseHit } from '../../../contract/review.ts'
import { HASH_TYPES, type PerceptualType } from '../../../hash/hash-type.ts'
import type { Grade, Match } from '../../../contract/hit.ts'
import { listedEntries } from '../../evidence/listed-entries.ts'
import { GradeBars } from '../../parts/grade-mark.tsx'
import { chanceMeaning, chanceWords } from '../../wording/chance.ts'
import { GRADE_WORDS } from '../../wording/grades.ts'
import { HASH_NAMES, ORIENTATION_WORDS } from '../../wording/report.ts'
import { counted } from '../../wording/times.ts'
import { DistanceChart } from './distance-chart.tsx'
import { TurnedLetter } from './turned-letter.tsx'

const perceptualOf = ({ type }: Match): PerceptualType | undefined =>
  type === 'pdq' || type === 'blockhash' ? type : undefined

export function HowSure({ item }: { item: CaseHit }) {
  const { hit } = item
  const [best] = hit.matches
  const words = GRADE_WORDS[hit.grade]
  // The matches that are measured in bits; the best of them is drawn.
  const measured = hit.matches.find((match) => perceptualOf(match) !== undefined)
  const type = measured && perceptualOf(measured)
  return (
    <section class="card" aria-labelledby="how-sure">
      <h2 id="how-sure">How sure</h2>
      <div class={`verdict-line ${hit.grade}`}>
        <GradeBars grade={hit.grade} size={34} />
        <div>
          <p class="headline">{words.headline}</p>
          <p>
            <Listed hit={hit} />
          </p>
          <p class="soft">
            <strong class="grade-name">{words.name}.</strong> {words.meaning}
          </p>
        </div>
      </div>
      {hit.reportsDiffer && (
        <p class="warning" role="note">
          <strong>Two different reports came under one report id.</strong> The matches below may be of
          different files. Ask the platform before you decide.
        </p>
      )}
      <dl class="figures">
        <Figure name="Distance">
          {best && HASH_TYPES[best.type].kind === 'cryptographic' ? (
            <>
              <b>equal</b> <span class="soft">{HASH_NAMES[best.type]}</span>
            </>
          ) : (
            <>
              <b>{measured?.distance ?? 0}</b>{' '}
              <span class="soft">of at most {measured?.threshold ?? 0} bits</span>
            </>
          )}
        </Figure>
        <Figure name="By chance">
          <b>{chanceWords(hit.expectedByChance)}</b>{' '}
          <span class="soft">{chanceMeaning(hit.expectedByChance)}</span>
        </Figure>
        <Figure name="Orientation">
          <Orientation match={measured} />
        </Figure>
        <Figure name="Agreement">
          <b>{counted(hit.support.origins, 'independent source')}</b>{' '}
          <span class="soft">
            {counted(hit.support.hashTypes, 'kind')} of hash
            {quality(measured)}
          </span>
        </Figure>
      </dl>
      {measured && type && <DistanceChart match={measured} type={type} />}
    </section>
  )
}

/** Lists that the sentence names; the others stand below, in the lists' own section. */
const NAMED_LISTS = 3

/** Who lists the known file, and as what. */
function Listed({ hit }: { hit: CaseHit['hit'] }) {
  const lists = new Map(
    listedEntries(hit.matches).map(({ entry: { source, classification } }) => [
      `${source} ${classification.scheme} ${classification.code}`,
      { source, code: classification.code },
    ]),
  )
  const named = [...lists].slice(0, NAMED_LISTS)
  const more = lists.size - named.length
  return (
    <>
      {isSameFile(hit.grade) ? 'It is listed by ' : 'The known one is listed by '}
      {named.map(([key, { source, code }], at) => (
        <Fragment key={key}>
          {at > 0 && ', by '}
          <b>{source}</b> as <b>{code}</b>
        </Fragment>
      ))}
      {more > 0 && ` and ${counted(more, 'more list')}`}.
    </>
  )
}

const isSameFile = (grade: Grade): boolean => grade === 'exact' || grade === 'exact-weak'

const quality = (match: Match | undefined): string =>
  match === undefined
    ? ''
    : match.quality === undefined
      ? ', no quality given'
      : `, quality ${match.quality} of 100`

const Figure = ({ name, children }: { name: string; children: ComponentChildren }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)

function Orientation({ match }: { match: Match | undefined }) {
  if (!match) return <span class="soft">Equal files have the same orientation.</span>
  const orientation = match.orientation ?? 'as-is'
  return (
    <span class="with-letter">
      <TurnedLetter orientation={orientation} />
      <span class="soft">{ORIENTATION_WORDS[orientation]}</span>
    </span>
  )
}
