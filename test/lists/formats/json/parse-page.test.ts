// Pages of servers are read as strictly as files.
import { describe, expect, test } from 'vitest'
import { parseJsonPage } from '../../../../src/lists/formats/json/parse-page.ts'
import { DamagedListError } from '../../../../src/lists/list-item.ts'

const parse = (text: string | Buffer): unknown => parseJsonPage(Buffer.from(text))

describe('a page', () => {
  test.each(['{"a":[1,"b",null,{"c":true}]}', '[]', '"text"', ' {} '])('%s is its value', (text) => {
    expect(parse(text)).toEqual(JSON.parse(text))
  })

  test('may begin with a byte order mark', () => {
    expect(parse('\uFEFF{"a":1}')).toEqual({ a: 1 })
  })

  test('has integers beyond 2^53 to the last digit', () => {
    expect(parse('{"id":12345678901234567891}')).toEqual({ id: '12345678901234567891' })
  })

  test.each<[string, string | Buffer]>([
    ['is empty', ''],
    ['is cut off', '{"a":'],
    ['has something after its end', '{}{}'],
    ['has a name twice', '{"a":{"b":1,"b":2}}'],
    ['is not UTF-8', Buffer.from('{"a":"\xff"}', 'latin1')],
    ['is no JSON', '<html>secret</html>'],
    ['is nested too deep', '['.repeat(100) + ']'.repeat(100)],
  ])('that %s is damaged, and the error quotes nothing', (_, text) => {
    let error: unknown
    try {
      parse(text)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(DamagedListError)
    expect(String(error)).not.toContain('secret')
  })
})
