/**
 * An expression rebuilt so that it can be trusted with messages: every step is counted, references are followed by the engine and not guessed
 * at, patterns are linear in their input, and what the parser takes but nothing implements is refused before a message comes.
 */
import {
  ArithemticOperatorAtom,
  AsAtom,
  DotAtom,
  EmptySetAtom,
  FunctionAtom,
  IndexerAtom,
  InfixOperatorAtom,
  IsAtom,
  LiteralAtom,
  SymbolAtom,
  toTypedValue,
  UnaryOperatorAtom,
  UnionAtom,
} from '@medplum/core'
import type { Atom, AtomContext, TypedValue } from '@medplum/core'
import type { RE2JS } from 're2js'
import { nearest } from '../fields/index.ts'
import { Budget } from './budget.ts'
import { FUNCTIONS, isOfType, patternOf, QUADRATIC, REFUSED, text, textOf, truth, typeName } from './functions.ts'
import { PathError } from './problem.ts'
import { typeOf } from './scope.ts'
import type { FhirScope } from './scope.ts'

/** What an evaluation works on; one at a time, as nothing here waits. */
export class Run {
  readonly budget = new Budget()
  scope: FhirScope | null = null
}

type Eval = (context: AtomContext, input: TypedValue[]) => TypedValue[]

/** One step: counted, its texts measured. */
class Step implements Atom {
  readonly #eval: Eval
  readonly #run: Run
  readonly #words: string
  constructor(run: Run, words: string, evaluate: Eval) {
    this.#run = run
    this.#words = words
    this.#eval = evaluate
  }

  eval(context: AtomContext, input: TypedValue[]): TypedValue[] {
    const { budget } = this.#run
    budget.spend(1 + input.length)
    const made = this.#eval(context, input)
    if (made.length > 1) budget.spend(made.length)
    else budget.text(made[0]?.value)
    return made
  }

  toString(): string {
    return this.#words
  }
}

const VARIABLES = ['%resource', '%item', '%rootResource', '%context']

/**
 * @param root whether the atom begins a path: only there a capital names a type of resource
 * @throws PathError
 */
export function guard(atom: Atom, run: Run, root = true): Atom {
  const step = (evaluate: Eval): Atom => new Step(run, atom.toString(), evaluate)
  if (atom instanceof LiteralAtom || atom instanceof EmptySetAtom) return atom
  if (atom instanceof SymbolAtom) return guardSymbol(atom, run, root, step)
  if (atom instanceof DotAtom) {
    const whole = new DotAtom(guard(atom.left, run, root), guard(atom.right, run, false))
    return step((context, input) => whole.eval(context, input))
  }
  if (atom instanceof FunctionAtom) return guardFunction(atom, run, step)
  if (atom instanceof IndexerAtom) {
    const left = guard(atom.left, run, root)
    const at = guard(atom.expr, run, true)
    return step((context, input) => {
      const index: unknown = at.eval(context, input)[0]?.value
      const found = typeof index === 'number' ? left.eval(context, input)[index] : undefined
      return found === undefined ? [] : [found]
    })
  }
  if (atom instanceof UnaryOperatorAtom) {
    const whole = new UnaryOperatorAtom(atom.operator, guard(atom.child, run, true), atom.impl)
    return step((context, input) => whole.eval(context, input))
  }
  if (atom instanceof IsAtom || atom instanceof AsAtom) {
    const left = guard(atom.left, run, true)
    const type = typeName(atom.right)
    if (type === null) throw new PathError(`“${atom.operator}” is followed by the name of a type`)
    const is = atom instanceof IsAtom
    return step((context, input) => typed(left.eval(context, input), type, is))
  }
  if (atom instanceof UnionAtom) return guardUnion(atom, run, step)
  if (atom instanceof InfixOperatorAtom) return guardInfix(atom, run, step)
  throw new PathError('this form of FHIRPath is not in this release')
}

const typed = (found: TypedValue[], type: string, is: boolean): TypedValue[] =>
  is ? (found.length === 1 ? found.map((each) => truth(isOfType(each, type))) : []) : found.filter((each) => isOfType(each, type))

function guardSymbol(atom: SymbolAtom, run: Run, root: boolean, step: (evaluate: Eval) => Atom): Atom {
  const { name } = atom
  if (name.startsWith('%') && !VARIABLES.includes(name))
    throw new PathError(`there is no variable ${name}; there are ${VARIABLES.join(', ')}`, nearest(name, VARIABLES))
  if (name === '$index' || name === '$total') throw new PathError(`${name} is not in this release`)
  if (root && name.startsWith('%')) {
    return step(() => {
      const { scope } = run
      if (scope === null) return []
      return [toTypedValue(name === '%resource' || name === '%rootResource' ? scope.resource : scope.item)]
    })
  }
  if (root && /^[A-Z]/.test(name)) {
    // `Procedure.status` means the resource told, wherever the path stands; of another type there is nothing.
    return step((_context, input) => {
      const { scope } = run
      const here = input.filter(({ value }) => typeof value === 'object' && value !== null && 'resourceType' in value && value.resourceType === name)
      if (here.length > 0) return here
      return scope !== null && typeOf(scope.resource) === name ? [toTypedValue(scope.resource)] : []
    })
  }
  return step((context, input) => atom.eval(context, input))
}

function guardFunction(atom: FunctionAtom, run: Run, step: (evaluate: Eval) => Atom): Atom {
  const { name } = atom
  const refused = Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined
  if (refused !== undefined) throw new PathError(`${name}() cannot be used: ${refused}`)
  if (!FUNCTIONS.includes(name)) throw new PathError(`there is no function ${name}()`, nearest(name, FUNCTIONS))
  const own = ownFunction(atom, run)
  if (own) return step(own)
  let size = 0
  const args = atom.args.map((arg) => {
    const inner = guard(arg, run, true)
    if (!QUADRATIC.has(name)) return inner
    return new Step(run, arg.toString(), (context, input) => {
      const other = inner.eval(context, input)
      run.budget.spend(size * other.length)
      return other
    })
  })
  const whole = new FunctionAtom(name, args)
  return step((context, input) => {
    if (QUADRATIC.has(name)) run.budget.spend((size = input.length) * input.length)
    return whole.eval(context, input)
  })
}

function ownFunction({ name, args }: FunctionAtom, run: Run): Eval | null {
  const [first, second] = args
  switch (name) {
    case 'resolve':
      return (_context, input) => input.flatMap(({ value }) => run.scope?.follow(value?.valueOf()) ?? []).map(toTypedValue)
    case 'ofType':
    case 'as':
    case 'is': {
      const type = typeName(first)
      if (type === null) throw new PathError(`${name}() takes the name of a type: ${name}(Quantity)`)
      return (_context, input) => typed(input, type, name === 'is')
    }
    case 'trim':
      return (_context, input) => withText(input, (value) => [text(value.trim())])
    case 'split': {
      const separator = first instanceof LiteralAtom ? String(first.value.value) : ''
      if (separator === '') throw new PathError("split() takes its separator as text: split('|')")
      return (_context, input) => withText(input, (value) => value.split(separator).map(text))
    }
    case 'matches': {
      const pattern = neededPattern(name, first)
      return (_context, input) => withText(input, (value) => [truth(pattern.matcher(value).find())])
    }
    case 'replaceMatches': {
      const pattern = neededPattern(name, first)
      const by = second instanceof LiteralAtom ? String(second.value.value) : null
      if (by === null) throw new PathError("replaceMatches() takes two texts: replaceMatches('^0+', '')")
      return (_context, input) => withText(input, (value) => [text(pattern.matcher(value).replaceAll(by))])
    }
    default:
      return null
  }
}

function withText(input: readonly TypedValue[], make: (value: string) => TypedValue[]): TypedValue[] {
  const value = textOf(input)
  return value === undefined ? [] : make(value)
}

function neededPattern(name: string, atom: Atom | undefined): RE2JS {
  const pattern = patternOf(atom)
  if (pattern === null) throw new PathError(`${name}() takes its pattern as text, one of RE2 (no look-around, no back-references)`)
  return pattern
}

function guardUnion(atom: UnionAtom, run: Run, step: (evaluate: Eval) => Atom): Atom {
  const left = guard(atom.left, run, true)
  const right = guard(atom.right, run, true)
  return step((context, input) => {
    const both = [left.eval(context, input), right.eval(context, input)] as const
    run.budget.spend((both[0].length + both[1].length) ** 2)
    return new UnionAtom({ eval: () => both[0] }, { eval: () => both[1] }).eval(context, input)
  })
}

/** Operators know their operands as `left` and `right`; each keeps its class, which is what it does. */
function guardInfix(atom: InfixOperatorAtom, run: Run, step: (evaluate: Eval) => Atom): Atom {
  const left = guard(atom.left, run, true)
  const right = guard(atom.right, run, true)
  const whole =
    atom instanceof ArithemticOperatorAtom
      ? new ArithemticOperatorAtom(atom.operator, left, right, atom.impl)
      : new (atom.constructor as new (left: Atom, right: Atom) => Atom)(left, right)
  return step((context, input) => whole.eval(context, input))
}
