/**
 * Who asks for a lease hears of its end by a message that it receives, or by an exit signal.
 */
import type { AnyProcess, Process } from '@agner/core'
import { expectTypeOf } from 'vitest'
import { acquireLease, type LeaseAnswer, type LeaseClient, type LeaseLost, type LeaseOptions } from '../src/index.ts'

declare const client: LeaseClient
declare const mute: Process<never>
declare const told: Process<LeaseLost | { readonly type: 'work' }>
declare const busy: Process<{ readonly type: 'work' }>
declare const anything: Process<unknown>
declare const some: AnyProcess
declare const options: LeaseOptions

expectTypeOf(acquireLease(mute, client, { name: 'a', atEnd: 'exit' })).resolves.toEqualTypeOf<LeaseAnswer>()
void acquireLease(busy, client, { name: 'a', atEnd: 'exit', durationMs: 1000 })
void acquireLease(told, client, { name: 'a' })
void acquireLease(told, client, { name: 'a', atEnd: 'message' })
void acquireLease(told, client, { name: 'a', atEnd: 'exit' })
void acquireLease(told, client, options)
void acquireLease(anything, client, options)
// What it receives is not known.
void acquireLease(some, client, options)

// @ts-expect-error: it would get a message that its type denies
void acquireLease(mute, client, { name: 'a', atEnd: 'message' })
// @ts-expect-error: that is the default
void acquireLease(mute, client, { name: 'a' })
// @ts-expect-error: it has no place for the message
void acquireLease(busy, client, { name: 'a', atEnd: 'message' })
// @ts-expect-error: these may say `message`
void acquireLease(mute, client, options)
// @ts-expect-error: there is no such end
void acquireLease(told, client, { name: 'a', atEnd: 'letter' })
