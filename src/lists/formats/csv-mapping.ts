// A mapping: which columns of a CSV are what. It lies in a file, because no two hotlines write their tables alike.
import { Type, type Static } from 'typebox'
import { HASH_TYPE_NAMES } from '../../hash/hash-type.ts'
import { KEPT_TYPE_NAMES } from '../../hash/kept-type.ts'
import { DELIMITERS } from './csv-rows.ts'

const TYPE_NAMES = [...HASH_TYPE_NAMES, ...KEPT_TYPE_NAMES]
const Column = Type.String({
  minLength: 1,
  maxLength: 128,
  description: 'Name of a column as the header has it, in any case; without a header its number, from 1 on.',
})
const Word = Type.String({ minLength: 1, maxLength: 128 })

/** How dates can be written. Which of the first two numbers is the day can't be seen from a date. */
export const DATE_FORMS = [
  'YYYY-MM-DD',
  'YYYY/MM/DD',
  'YYYYMMDD',
  'DD/MM/YYYY',
  'DD.MM.YYYY',
  'DD-MM-YYYY',
  'MM/DD/YYYY',
  'MM-DD-YYYY',
] as const

export const CsvMapping = Type.Object(
  {
    title: Type.Optional(Type.String({ minLength: 1, maxLength: 80 })),
    delimiter: Type.Enum([...DELIMITERS]),
    encoding: Type.Optional(
      Type.Enum(['utf-8', 'windows-1252'], {
        description: 'utf-8 unless set. UTF-16 with a byte order mark is recognised by itself.',
      }),
    ),
    header: Type.Boolean({ description: 'Whether the first row names the columns.' }),
    columns: Type.Object(
      {
        id: Type.Optional({ ...Column, description: "The list's own name of the file." }),
        hashes: Type.Optional(
          Type.Record(Type.String({ pattern: `^(${TYPE_NAMES.join('|')})$` }), Column, {
            description: 'A column for each type of hash: {md5: MD5, sha1: "SHA-1"}.',
          }),
        ),
        type: Type.Optional({ ...Column, description: 'In place of `hashes`: one hash a row, its type …' }),
        value: Type.Optional({ ...Column, description: '… and its value.' }),
        status: Type.Optional(Column),
        code: Type.Optional({ ...Column, description: "The source's class of the file." }),
        series: Type.Optional(Column),
        victimIdentified: Type.Optional(Column),
        tags: Type.Optional(Column),
        changedAt: Type.Optional(Column),
      },
      { additionalProperties: false },
    ),
    types: Type.Optional(
      Type.Record(Word, Type.Enum(TYPE_NAMES), {
        description: 'What the words of the column `type` mean, where they are names of no type.',
      }),
    ),
    status: Type.Optional(
      Type.Object(
        { live: Type.Array(Word, { minItems: 1 }), withdrawn: Type.Array(Word) },
        {
          additionalProperties: false,
          description: 'What the words of the column `status` mean. A row with another word is refused.',
        },
      ),
    ),
    codes: Type.Optional(
      Type.Record(Word, Type.String({ pattern: '^[A-Za-z0-9 ._-]{1,32}$' }), {
        description:
          'The code of the scheme for each word of the column `code`. Without this the words are the codes. A row with another word is refused.',
      }),
    ),
    dates: Type.Optional(
      Type.Enum([...DATE_FORMS, 'RFC 3339'], {
        description: 'How the column `changedAt` is written; a time of day may follow the date.',
      }),
    ),
  },
  { additionalProperties: false, description: 'Which columns of a CSV are what.' },
)
export type CsvMapping = Static<typeof CsvMapping>

/** What the parts of a mapping say against each other. */
export function mappingContradictions({
  columns,
  types,
  status,
  codes,
  dates,
}: CsvMapping): readonly string[] {
  const { hashes, type, value } = columns
  const asRow = type !== undefined && value !== undefined
  const says: readonly (readonly [boolean, string])[] = [
    [
      hashes === undefined ? !asRow : type !== undefined || value !== undefined,
      '/columns needs either `hashes`, or both `type` and `value`',
    ],
    [types !== undefined && !asRow, '/types says what the words of a column `type` mean, and there is none'],
    [
      (columns.status === undefined) !== (status === undefined),
      '/columns/status and /status need each other: a row without a known status is refused',
    ],
    [codes !== undefined && columns.code === undefined, '/codes needs /columns/code'],
    [
      (columns.changedAt === undefined) !== (dates === undefined),
      '/columns/changedAt and /dates need each other: 03/04/2026 can be two days',
    ],
  ]
  return says.flatMap(([isWrong, text]) => (isWrong ? [text] : []))
}
