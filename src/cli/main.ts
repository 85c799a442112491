#!/usr/bin/env node
import { Command } from 'commander'

const program = new Command('hashwarden').description(
  'Real-time detection of known child sexual abuse material',
)
await program.parseAsync()
