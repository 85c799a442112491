// The option `--source`: the name of a list.
import { InvalidArgumentError, Option } from 'commander'

export const listNameOption = (description: string): Option =>
  new Option('--source <name>', description).argParser(listName)

export function listName(text: string): string {
  if (/^[a-z0-9-]{1,32}$/.test(text)) return text
  throw new InvalidArgumentError('A source is at most 32 of a-z, 0-9 and -.')
}
