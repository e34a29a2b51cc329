/** What the tests agree on: accounts, on which a command applied twice shows. */
import { raftGroup, type Machine, type RaftGroup } from '@agner/consensus'

export type BankCommand = { readonly type: 'add'; readonly to: string; readonly by: number }
export type BankResult = { readonly type: 'ok'; readonly balance: number } | { readonly type: 'poor' }
export type BankState = Readonly<Record<string, number>>
export type BankQuery = { readonly of: string }

export const bank: RaftGroup<BankCommand, BankResult, BankQuery, number> = raftGroup('bank')

export const bankMachine: Machine<BankCommand, BankResult, BankState, BankQuery, number> = {
  name: 'bank',
  init: () => ({}),
  apply: (state, { to, by }) => {
    const balance = (state[to] ?? 0) + by
    if (balance < 0) return { state, result: { type: 'poor' } }
    return { state: { ...state, [to]: balance }, result: { type: 'ok', balance } }
  },
  query: (state, { of }) => state[of] ?? 0,
}
