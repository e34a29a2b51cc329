import { isDeepStrictEqual } from 'node:util'
import type { AnyPid, Ref } from '@agner/core'
import { internPid, internRef } from '@agner/core/kernel'
import { expect, test } from 'vitest'
import type { Envelope } from '../src/member/member.api.ts'
import { checkParcel, Parcels, type Parcel } from '../src/member/parcels.ts'
import { Peers } from '../src/member/peers.ts'
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

test('what is encoded goes with the member that it was for', () => {
  const ways: ((leader: Parcels) => void)[] = [
    (leader) => leader.drop('n2'),
    (leader) => leader.dropAll(),
    (leader) => leader.keep([{ id: 'n1', role: 'voter' }]),
  ]
  for (const goes of ways) {
    const two = new Two()
    two.leader.post('n2', message(5, large))
    two.deliverOne()
    goes(two.leader)
    two.deliver()
    expect(two.whole).toEqual([])
    // It is there again: what it has of it is not sent twice.
    two.leader.post('n2', message(5, large))
    two.deliverOne()
    expect(two.sent).toMatchObject([{ parcel: { type: 'wanted', number: 1 } }])
    two.deliver()
    expectSame(two.whole, [message(5, large)])
  }
  const two = new Two()
  two.leader.post('n2', message(5, large))
  two.leader.drop('n3')
  two.leader.keep([...configuration, { id: 'n2', role: 'learner' }])
  two.deliver()
  expectSame(two.whole, [message(5, large)])
})

test('a piece that is wanted says whether the member has got further', () => {
  const two = new Two()
  two.leader.post('n2', message(5, large))
  const wanted = (number: number, index = 5): boolean => two.leader.wanted('n2', { type: 'wanted', index, number })
  expect([wanted(1), wanted(1), wanted(2, 4), wanted(2), wanted(0), wanted(1)]).toEqual([
    true,
    false,
    false,
    true,
    false,
    true,
  ])
  expect(two.leader.wanted('n3', { type: 'wanted', index: 5, number: 3 })).toBe(false)
})

test('a member forgets what it encoded for one that is down, was removed, or is in the configuration no more', () => {
  const refs = new Map<AnyPid, Ref>()
  const sent: { readonly message: Parcel | Message }[] = []
  const self = {
    pid: internPid('a@h', 1, 1),
    monitor: (pid: AnyPid) => {
      refs.set(pid, internRef('a@h', 1, refs.size + 1))
      return refs.get(pid)
    },
    demonitor: () => true,
    trySend: (_: unknown, envelope: { readonly message: Parcel }) => (sent.push(envelope), 'ok'),
  }
  const pid = internPid('b@h', 1, 2)
  const envelope = (parcel: unknown): Envelope =>
    ({ type: 'raft', about: 'bank', from: 'b@h', to: 'a@h', pid, message: parcel }) as Envelope
  const wanted = envelope({ type: 'wanted', index: 5, number: 1 })
  const ways: ((peers: Peers) => void)[] = [
    (peers) => expect(peers.lost(refs.get(pid)!)).toBe('b@h'),
    (peers) => peers.send('b@h', { type: 'removed', term: 3, index: 9 }),
    (peers) => peers.keep([{ id: 'a@h', role: 'voter' }]),
    (peers) => peers.leadsNoMore(),
  ]
  for (const goes of [() => undefined, ...ways]) {
    const peers = new Peers(self as never, { group: 'bank', about: 'bank', id: 'a@h', connects: true })
    peers.watch(wanted)
    peers.send('b@h', message(5, large))
    goes(peers)
    sent.length = 0
    const isKept = !ways.includes(goes)
    expect(peers.open(wanted)).toEqual(isKept ? { type: 'furthered', id: 'b@h' } : null)
    expect(sent).toHaveLength(isKept ? 1 : 0)
  }
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
