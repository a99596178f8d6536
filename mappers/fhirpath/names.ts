/** Names in a FHIRPath held against the definitions of R4, before a message comes: a misspelt element would silently give nothing. */
import { AsAtom, DotAtom, FunctionAtom, IndexerAtom, InfixOperatorAtom, IsAtom, SymbolAtom, UnaryOperatorAtom, UnionAtom } from '@medplum/core'
import type { Atom } from '@medplum/core'
import { isPrimitive, isResourceType, resourceTypes, shapeOf } from '../../fhir/r4/index.ts'
import { nearest } from '../fields/index.ts'
import { typeName } from './functions.ts'
import type { PathProblem } from './problem.ts'
import { PathError } from './problem.ts'

/** What an element may be. `targets`: of a Reference, the resources that it may point to. */
export interface Kind {
  readonly type: string
  readonly targets: readonly string[]
}
/** null: it cannot be told, so its elements are not judged. */
export type Kinds = readonly Kind[] | null

export type PathCheck = (atom: Atom) => PathProblem | null

export const kindsOf = (types: readonly string[]): Kinds => types.map((type) => ({ type, targets: [] }))

/** Judges paths that are read from an item of these kinds within a resource of these types. */
export function checkNames(resource: Kinds, item: Kinds): PathCheck {
  return (atom) => {
    try {
      new Names(resource, item).of(atom, item, true)
      return null
    } catch (error) {
      if (error instanceof PathError) return error.problem
      throw error
    }
  }
}

/** What a path gives, or null. */
export function kindsGiven(atom: Atom, resource: Kinds, item: Kinds = resource): Kinds {
  try {
    return new Names(resource, item).of(atom, item, true)
  } catch {
    return null
  }
}

/** Functions that give elements of what they are called on. */
const SAME = new Set('where first last tail skip take single distinct intersect exclude union combine'.split(' '))

class Names {
  readonly #resource: Kinds
  readonly #item: Kinds
  constructor(resource: Kinds, item: Kinds) {
    this.#resource = resource
    this.#item = item
  }

  of(atom: Atom, here: Kinds, root: boolean): Kinds {
    if (atom instanceof SymbolAtom) return this.#symbol(atom.name, here, root)
    if (atom instanceof DotAtom) return this.of(atom.right, this.of(atom.left, here, root), false)
    if (atom instanceof IndexerAtom) return this.of(atom.left, here, root)
    if (atom instanceof FunctionAtom) return this.#function(atom, here)
    if (atom instanceof AsAtom || atom instanceof IsAtom) {
      this.of(atom.left, here, true)
      return atom instanceof AsAtom ? narrowed(typeName(atom.right)) : null
    }
    if (atom instanceof UnionAtom) {
      const [left, right] = [this.of(atom.left, here, true), this.of(atom.right, here, true)]
      return left === null || right === null ? null : [...left, ...right]
    }
    if (atom instanceof InfixOperatorAtom) {
      this.of(atom.left, here, true)
      this.of(atom.right, here, true)
    }
    if (atom instanceof UnaryOperatorAtom) this.of(atom.child, here, true)
    return null
  }

  #symbol(name: string, here: Kinds, root: boolean): Kinds {
    if (name.startsWith('%')) return name === '%item' || name === '%context' ? this.#item : this.#resource
    if (name.startsWith('$')) return name === '$this' ? here : null
    if (root && /^[A-Z]/.test(name)) {
      if (!isResourceType(name)) throw new PathError(`there is no resource ${name} in R4`, nearest(name, resourceTypes()))
      if (this.#resource !== null && !this.#resource.some(({ type }) => type === name) && here?.some(({ type }) => type === name) !== true)
        throw new PathError(`${name} is not the resource here, which is ${this.#resource.map(({ type }) => type).join(' or ')}`)
      return kindsOf([name])
    }
    return here === null ? null : elementOf(name, here)
  }

  #function({ name, args }: FunctionAtom, here: Kinds): Kinds {
    if (name === 'ofType' || name === 'as') return narrowed(typeName(args[0]))
    if (name === 'is') return null
    const inner = args.map((arg) => this.of(arg, here, true))
    if (SAME.has(name)) return here
    if (name === 'select') return inner[0] ?? null
    if (name === 'resolve') {
      const targets = here?.flatMap((kind) => kind.targets) ?? []
      return targets.length === 0 || targets.includes('Resource') ? null : kindsOf(targets)
    }
    return null
  }
}

const narrowed = (type: string | null): Kinds => (type !== null && shapeOf(type) !== null ? kindsOf([type]) : null)

function elementOf(name: string, here: readonly Kind[]): Kinds {
  const found: Kind[] = []
  const names = new Set<string>()
  for (const { type } of here) {
    if (type === 'Resource' || (isPrimitive(type) && ['id', 'extension', 'value'].includes(name))) return null
    const shape = shapeOf(type)
    if (shape === null) {
      if (!isPrimitive(type)) return null
      continue
    }
    for (const [key, property] of shape.properties) {
      names.add(property.name)
      if (property.name === name || key === name) found.push({ type: property.type, targets: property.targets })
    }
  }
  if (found.length > 0 || name === 'resourceType') return name === 'resourceType' ? null : found
  const of = [...new Set(here.map(({ type }) => type.replace('#', '.')))].join(' or ')
  throw new PathError(`${of} has no element ${name}`, nearest(name, names))
}
