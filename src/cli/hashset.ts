// `hashwarden hashset`: changes the known-hash set by lists, and keeps it in snapshots.
import { Command } from 'commander'
import { compareCommand } from './hashset-compare.ts'
import { feedbackCommand } from './hashset-feedback.ts'
import { exportCommand } from './hashset-export.ts'
import {
  disableCommand,
  enableCommand,
  releaseDueCommand,
  suppressCommand,
  unsuppressCommand,
} from './hashset-hold.ts'
import { diffCommand, importCommand } from './hashset-import.ts'
import { listCommand, showCommand, statsCommand } from './hashset-lists.ts'
import { removeCommand } from './hashset-remove.ts'
import { serveCommand } from './hashset-serve.ts'
import { snapshotCommand, verifyCommand } from './hashset-snapshot.ts'
import { syncCommand } from './hashset-sync.ts'

export const hashsetCommand = (): Command =>
  new Command('hashset')
    .description('change the known-hash set, and keep it')
    .addCommand(importCommand())
    .addCommand(diffCommand())
    .addCommand(removeCommand())
    .addCommand(listCommand())
    .addCommand(statsCommand())
    .addCommand(showCommand())
    .addCommand(disableCommand())
    .addCommand(enableCommand())
    .addCommand(suppressCommand())
    .addCommand(unsuppressCommand())
    .addCommand(releaseDueCommand())
    .addCommand(exportCommand())
    .addCommand(syncCommand())
    .addCommand(snapshotCommand())
    .addCommand(verifyCommand())
    .addCommand(serveCommand())
    .addCommand(compareCommand())
    .addCommand(feedbackCommand())
