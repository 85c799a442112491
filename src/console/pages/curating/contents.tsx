// What a list holds: by its own classes, by type, by role, and how much is held back.
import { signal } from '@preact/signals'
import type { ListsView, ListView } from '../../../contract/review.ts'
import { Bars } from '../../parts/bars.tsx'
import { Ago } from '../../parts/moment.tsx'
import { HASH_NAMES } from '../../wording/report.ts'
import { count, counted } from '../../wording/times.ts'
import { bySize, HELD_WORDS } from './shown.ts'

/** Classes that are shown; a scheme with more is rare. */
const MOST_CLASSES = 12

const chosen = signal<string | undefined>(undefined)

export function Contents({ view }: { view: ListsView }) {
  const countedLists = view.lists.filter(({ statistics }) => statistics)
  const list = countedLists.find(({ source }) => source === chosen.value) ?? countedLists[0]
  if (!list) return null
  return (
    <section class="card" aria-labelledby="contents">
      <div class="contents-head">
        <h2 id="contents">What they hold</h2>
        <div class="chips" role="group" aria-label="List">
          {countedLists.map(({ source, statistics }) => (
            <button
              key={source}
              type="button"
              class="chip"
              aria-pressed={source === list.source}
              onClick={() => (chosen.value = source)}
            >
              {source} <span class="soft">{count(statistics?.entries ?? 0)}</span>
            </button>
          ))}
        </div>
      </div>
      <OfList list={list} />
    </section>
  )
}

function OfList({ list: { statistics } }: { list: ListView }) {
  if (!statistics) return null
  const { entries, files, values, asOf, byClassification, byType, byRole, held } = statistics
  const classes = bySize(byClassification)
  const rest = classes.slice(MOST_CLASSES).reduce((total, [, one]) => total + one, 0)
  return (
    <>
      <p class="soft contents-line">
        {counted(entries, 'entry', 'entries')} of {counted(files, 'file')}
        {values !== undefined && `, ${counted(values, 'different value')}`}; counted <Ago at={asOf} />
      </p>
      <div class="contents">
        <div>
          <h3>By class, in its own words</h3>
          <Bars
            rows={[...classes.slice(0, MOST_CLASSES), ...(rest > 0 ? [['all others', rest] as const] : [])]}
          />
        </div>
        <div>
          <h3>By type</h3>
          <Bars rows={bySize(byType).map(([type, one]) => [typeName(type), one])} />
        </div>
        <div>
          <h3>By role</h3>
          <Bars rows={bySize(byRole)} />
        </div>
        <div>
          <h3>Held back</h3>
          <Bars rows={bySize(held).map(([why, one]) => [heldName(why), one])} />
        </div>
      </div>
    </>
  )
}

const NAMES = new Map<string, string>(Object.entries(HASH_NAMES))

/** A type that is kept, and not searched yet, has the name that lists give it. */
const typeName = (type: string): string => NAMES.get(type) ?? `${type} (not searched)`

const HELD_NAMES = new Map<string, string>(Object.entries(HELD_WORDS).map(([kind, { name }]) => [kind, name]))
const heldName = (why: string): string => HELD_NAMES.get(why) ?? why
