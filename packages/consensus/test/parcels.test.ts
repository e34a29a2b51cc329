import { isDeepStrictEqual } from 'node:util'
import { expect, test } from 'vitest'
import { checkParcel, Parcels, type Parcel } from '../src/member/parcels.ts'
import type { Message } from '../src/raft/interface.ts'

type SnapshotMessage = Message & { readonly type: 'snapshot' }

const configuration = [{ id: 'n1', role: 'voter' }] as const
const message = (index: number, state: unknown): SnapshotMessage => ({
  type: 'snapshot',
  term: 3,
  round: 7,
  snapshot: { index, term: 2, configuration, state },
})

/** A leader and a member with what is on its way between them. */
class Two {
  sent: { readonly to: string; readonly parcel: Parcel }[] = []
  whole: SnapshotMessage[] = []
  leader = new Parcels((to, parcel) => this.sent.push({ to, parcel }))
  member = new Parcels((to, parcel) => this.sent.push({ to, parcel }))

  deliverOne(): void {
    const { to, parcel } = this.sent.shift()!
    expect(checkParcel(parcel)).toBe(parcel)
    if (parcel.type === 'wanted') this.leader.wanted('n2', parcel)
    else {
      const whole = this.member.take('n1', parcel)
      if (whole !== null) this.whole.push(whole)
    }
    expect(to).toBe(parcel.type === 'wanted' ? 'n1' : 'n2')
  }

  deliver(): void {
    while (this.sent.length > 0) this.deliverOne()
  }
}

/** Says no more than yes or no: what differs would fill the screen. */
function expectSame(one: unknown, other: unknown): void {
  expect(isDeepStrictEqual(one, other)).toBe(true)
}

const large = { text: 'x'.repeat(700_000), bytes: new Uint8Array(600_000).fill(7), deep: [new Map([['a', 1]])] }

test('a snapshot of any size comes as it was', () => {
  for (const state of [null, 1, { small: true }, large]) {
    const two = new Two()
    two.leader.post('n2', message(5, state))
    two.deliver()
    expectSame(two.whole, [message(5, state)])
  }
})

test('what is lost is sent anew from where it stopped; what comes twice does no harm', () => {
  const two = new Two()
  two.leader.post('n2', message(5, large))
  two.deliverOne()
  two.deliverOne()
  two.sent = [...two.sent, ...two.sent]
  two.deliverOne()
  two.deliverOne()
  two.sent = []
  two.leader.post('n2', { ...message(5, large), term: 4, round: 9 })
  expect(two.sent.map(({ parcel }) => parcel.number)).toEqual([1])
  two.deliver()
  expectSame(two.whole, [{ ...message(5, large), term: 4, round: 9 }])
})

test('a newer snapshot takes the place of the one that is under way', () => {
  const two = new Two()
  two.leader.post('n2', message(5, large))
  two.deliverOne()
  two.leader.post('n2', message(8, { ...large, more: 1 }))
  two.deliver()
  expect(two.whole.map(({ snapshot }) => snapshot.index)).toEqual([8])
})

test('a member that forgot what it had gets it from the beginning', () => {
  const two = new Two()
  two.leader.post('n2', message(5, large))
  for (let count = 0; count < 4; count++) two.deliverOne()
  two.member = new Parcels((to, parcel) => two.sent.push({ to, parcel }))
  two.deliver()
  expectSame(two.whole, [message(5, large)])
})

test('rubbish is none, and bytes that say nothing come to nothing', () => {
  const piece = { type: 'piece', term: 1, round: 0, head: { index: 1, term: 1 }, number: 0, count: 1 } as const
  const good = { ...piece, bytes: new Uint8Array(3) }
  expect(checkParcel(good)).toBe(good)
  const broken: unknown[] = [
    null,
    1,
    {},
    { type: 'wanted' },
    { type: 'wanted', index: -1, number: 0 },
    piece,
    { ...good, bytes: 'text' },
    { ...good, bytes: new Uint8Array(300_000) },
    { ...good, number: 1 },
    { ...good, count: 1e9 },
    { ...good, head: null },
    { ...good, term: 'x' },
  ]
  for (const value of broken) expect([value, checkParcel(value)]).toEqual([value, null])
  const two = new Two()
  expect(
    two.member.take('n1', { ...good, head: { ...good.head, configuration }, bytes: new Uint8Array([255, 1, 2]) }),
  ).toBeNull()
})
