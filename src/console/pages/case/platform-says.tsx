// What the platform says of the file: its words, never more than they say.
import type { ComponentChildren } from 'preact'
import type { CaseHit } from '../../../contract/review.ts'
import { CopyReference } from '../../parts/copy-reference.tsx'
import { BothClocks } from '../../parts/moment.tsx'
import { ANNOTATION_WORDS, BASIS_WORDS, viewedWords } from '../../wording/report.ts'
import { bytes } from '../../wording/times.ts'

export function PlatformSays({ item: { hit } }: { item: CaseHit }) {
  const { report } = hit
  const viewed = viewedWords(report.viewed)
  return (
    <section class="card" aria-labelledby="platform-says">
      <h2 id="platform-says">What {report.platform} says</h2>
      <div class="viewed">
        <p>
          <span class="soft">Viewed by the platform</span> <strong>{viewed.short}</strong>
        </p>
        <p class="soft">{viewed.meaning}</p>
      </div>
      <dl class="facts">
        <Fact name="Seen">
          <BothClocks at={report.observedAt} />
        </Fact>
        <Fact name="Reported">
          <BothClocks at={hit.receivedAt} />
        </Fact>
        <Fact name="Basis">{BASIS_WORDS[report.basis.kind]}</Fact>
        <Fact name="File">
          {report.mediaType === 'image' ? 'Picture' : 'Video'}
          {report.byteLength !== undefined && <span class="soft"> {bytes(report.byteLength)}</span>}
        </Fact>
        <Fact name="Jurisdictions">{report.jurisdictions?.join(', ') ?? <None />}</Fact>
        <Fact name="Annotations">
          {report.annotations ? report.annotations.map((one) => ANNOTATION_WORDS[one]).join(', ') : <None />}
        </Fact>
        <Reference item={hit} reference="contentRef" name="File reference" />
        <Reference item={hit} reference="actorRef" name="Uploader" />
        <Reference item={hit} reference="collectionRef" name="Collection" />
        <Reference item={hit} reference="reportId" name="Report" />
        <Reference item={hit} reference="cybertipId" name="CyberTip" />
      </dl>
    </section>
  )
}

const None = () => <span class="soft">none given</span>

const Fact = ({ name, children }: { name: string; children: ComponentChildren }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)

interface ReferenceProps {
  readonly item: CaseHit['hit']
  readonly reference: 'contentRef' | 'actorRef' | 'collectionRef' | 'reportId' | 'cybertipId'
  readonly name: string
}

const Reference = ({ item, reference, name }: ReferenceProps) =>
  item.report[reference] === undefined ? null : (
    <Fact name={name}>
      <CopyReference hit={item} reference={reference} />
    </Fact>
  )
