/** Sends orders to suppliers as X12 850: a file in a folder that a transport empties, or a POST. */
import { access, link, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { AqueductError } from '../../contract/index.ts'
import type { DeliveryOutcome, Destination, DestinationDefinition, LookupAnswer, Outgoing } from '../../contract/index.ts'
import { createHttpDestination } from '../http/index.ts'
import { readInterchange } from '../../../mappers/x12/index.ts'
import { optionsOf } from './options.ts'
import { purchaseOrder } from './purchase-order.ts'
import type { PurchaseOrder, SupplierOrder } from './purchase-order.ts'

const CONTENT_TYPE = 'application/edi-x12'

/**
 * `url: file:FOLDER` (relative to `dataDir`) or `https://…`. Takes `supplier-order`; every other kind is refused. The reference of a
 * delivery is `GS06/ST02`, which the supplier's 997 names. A folder can be asked by key; a POST cannot: it is at least once, with the
 * same control number.
 *
 * @throws AqueductError for options that cannot be used
 */
export function createX12Destination(definition: DestinationDefinition, now: () => number, dataDir: string): Destination {
  const options = optionsOf(definition)
  const make = (work: Outgoing): PurchaseOrder => {
    if (work.kind !== 'supplier-order') return { ok: false, place: '', text: `Suppliers get orders (supplier-order); ${work.kind} is not sent to them.` }
    return purchaseOrder(JSON.parse(work.body) as SupplierOrder, work.key, options, now())
  }
  if (definition.url.startsWith('file:')) return toFolder(definition, resolve(dataDir, definition.url.slice('file:'.length)), make)
  const http = createHttpDestination(definition, now, CONTENT_TYPE)
  return {
    ...http,
    async deliver(work, signal) {
      const made = make(work)
      if (!made.ok) return refused(made)
      const outcome = await http.deliver({ ...work, body: made.text }, signal)
      return outcome.kind === 'sent' ? { kind: 'sent', reference: made.control } : outcome
    },
  }
}

function refused({ place, text }: { readonly place: string; readonly text: string }): DeliveryOutcome {
  return { kind: 'failed', code: 'DESTINATION_REFUSED', text: place === '' ? text : `${place}: ${text}` }
}

/**
 * Written under a hidden name, synced, kept as a second name in `.sent/`, then renamed: whoever empties the folder sees all of a file
 * or nothing, and after a crash the hidden name tells whether the rename happened, even when the file is gone by then.
 */
function toFolder(definition: DestinationDefinition, folder: string, make: (work: Outgoing) => PurchaseOrder): Destination {
  const nameOf = (key: string): string => `850-${key}.edi`
  const placesOf = (key: string) => {
    const name = nameOf(key)
    return { open: join(folder, name), taken: join(folder, `${name}.sent`), hidden: join(folder, `.${name}.part`), kept: join(folder, '.sent', name) }
  }
  return {
    name: definition.name,
    settleMs: 0,
    async lookup(key): Promise<LookupAnswer> {
      try {
        const places = placesOf(key)
        for (const place of [places.open, places.taken]) if (await exists(place)) return { kind: 'present', reference: await controlOf(place) }
        if (!(await exists(places.kept)) || (await exists(places.hidden))) return { kind: 'absent' }
        return { kind: 'present', reference: await controlOf(places.kept) }
      } catch (error) {
        return { kind: 'failed', text: `The folder cannot be read (${codeOf(error)}).` }
      }
    },
    async deliver(work): Promise<DeliveryOutcome> {
      const made = make(work)
      if (!made.ok) return refused(made)
      const places = placesOf(work.key)
      let renamed = false
      try {
        await mkdir(join(folder, '.sent'), { recursive: true })
        await rm(places.kept, { force: true })
        await rm(places.hidden, { force: true })
        await writeSynced(places.hidden, made.text)
        await link(places.hidden, places.kept)
        await rename(places.hidden, places.open)
        renamed = true
        await syncFolder(folder)
        return { kind: 'sent', reference: made.control }
      } catch (error) {
        // From the rename on somebody may have it: then it is looked for before it is written again.
        return { kind: 'failed', code: renamed ? 'NO_ANSWER' : 'DESTINATION_UNREACHABLE', text: `The folder cannot be written (${codeOf(error)}).` }
      }
    },
    stop: () => Promise.resolve(),
  }
}

/** The control number of a file that was written, or null when it has gone meanwhile. */
async function controlOf(path: string): Promise<string | null> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const group = readInterchange(text)?.groups[0]
  return group === undefined ? null : `${group.header[5] ?? ''}/${group.transactions[0]?.control ?? ''}`
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await file.writeFile(text, 'utf8')
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

function codeOf(error: unknown): string {
  if (error instanceof AqueductError) return error.code
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
}
