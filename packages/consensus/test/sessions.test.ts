import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Sessions } from '../src/machine/sessions.ts'

const limits = { sessions: 2, results: 3 }

test('a request is new once; its result is kept until the client says that it has it', () => {
  const sessions = new Sessions()
  const session = sessions.open(7, 'a', limits)
  const request = { session, sequence: 1, answered: 0 }
  expect(sessions.admit(request)).toEqual({ type: 'new' })
  sessions.keep(request, 'one')
  expect(sessions.admit(request)).toEqual({ type: 'known', result: 'one' })
  expect(sessions.admit({ session, sequence: 3, answered: 0 })).toEqual({ type: 'new' })
  expect(sessions.admit({ session, sequence: 2, answered: 1 })).toEqual({ type: 'new' })
  expect(sessions.admit(request)).toEqual({ type: 'refused', why: 'answered_before' })
})

test('a session that is dropped is refused, and so is one that never was', () => {
  const sessions = new Sessions()
  const first = sessions.open(1, 'a', limits)
  const second = sessions.open(2, 'b', limits)
  // It was used later.
  sessions.admit({ session: first, sequence: 1, answered: 0 })
  const third = sessions.open(3, 'c', limits)
  expect(sessions.admit({ session: second, sequence: 1, answered: 0 })).toEqual({ type: 'refused', why: 'no_session' })
  for (const session of [first, third]) expect(sessions.admit({ session, sequence: 1, answered: 0 }).type).toBe('new')
  sessions.close(first)
  expect(sessions.admit({ session: first, sequence: 2, answered: 0 }).type).toBe('refused')
  expect(sessions.size).toBe(1)
})

test('no more results are kept than the limit that the session was opened with', () => {
  const sessions = new Sessions()
  const session = sessions.open(1, 'a', limits)
  for (let sequence = 1; sequence <= 3; sequence++) sessions.keep({ session, sequence, answered: 0 }, sequence)
  expect(sessions.admit({ session, sequence: 4, answered: 0 })).toEqual({ type: 'refused', why: 'too_many_results' })
  expect(sessions.admit({ session, sequence: 4, answered: 2 })).toEqual({ type: 'new' })
  // A client that claims to have had everything costs nothing.
  expect(sessions.admit({ session, sequence: 9e15, answered: 8e15 })).toEqual({ type: 'new' })
})

test('nothing is applied twice, in whatever order and however often requests come, through snapshots and drops', () => {
  const step = fc.record({
    client: fc.nat(3),
    sequence: fc.integer({ min: 1, max: 6 }),
    answered: fc.nat(5),
    what: fc.constantFrom('send', 'send', 'send', 'open', 'snapshot'),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let sessions = new Sessions()
      const own = new Map<number, string>()
      const applied = new Set<string>()
      steps.forEach(({ client, sequence, answered, what }, index) => {
        if (what === 'snapshot') sessions = new Sessions(structuredClone(sessions.store()))
        else if (what === 'open') own.set(client, sessions.open(index, String(client), limits))
        const session = own.get(client)
        if (what !== 'send' || session === undefined) return
        const request = { session, sequence, answered: Math.min(answered, sequence - 1) }
        if (sessions.admit(request).type !== 'new') return
        const name = `${session} ${String(sequence)}`
        expect(applied.has(name)).toBe(false)
        applied.add(name)
        sessions.keep(request, name)
      })
    }),
    { numRuns: 300 },
  )
})
