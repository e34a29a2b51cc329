/** What is said to a node of the journal, and what it says. */
import type { Write } from '../arbiter/journal.ts'

export const electionTimeoutMs = 600

export interface NodeTerms {
  readonly name: string
  readonly host: string
  readonly port: number
  /** Of all nodes. */
  readonly hosts: Readonly<Record<string, string>>
  readonly folder: string
}

export interface Order {
  readonly do: 'write' | 'keep'
  readonly id: number
  /** Whether it looks at its claim just before, as it should. */
  readonly looks: boolean
}

export type Said =
  | { readonly event: 'ready' }
  | { readonly event: 'held'; readonly token: number }
  | { readonly event: 'lost'; readonly token: number; readonly isHeld: boolean }
  | {
      readonly event: 'written'
      readonly id: number
      readonly token: number
      readonly isHeld: boolean
      /** Whether the journal took it; or a code, or that it was not tried. */
      readonly outcome: boolean | string
    }
  | { readonly event: 'kept'; readonly id: number; readonly entries: readonly Write[] }
