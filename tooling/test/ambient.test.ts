import { describe, expect, it } from 'vitest'
import { findAmbientViolations } from '../lint/ambient.ts'
import { realRuntimeFiles } from '../lint/rules.ts'

const found = (text: string, path = 'packages/core/src/planted.ts'): string[] =>
  findAmbientViolations([{ path, text }]).map(({ line, message }) => `${line}: ${message}`)

describe('ambient time, randomness, timers and sockets', () => {
  it.each([
    [`const now = Date.now()`, 'Date.now'],
    [`const now = Date['now']()`, 'Date.now'],
    [`const now = new Date()`, 'new Date()'],
    [`const now = Date()`, 'Date()'],
    [`const { now } = Date`, 'Date.now'],
    [`const clock = { nowMs: Date.now }`, 'Date.now'],
    [`const roll = Math.random()`, 'Math.random'],
    [`const { random: roll, floor } = Math`, 'Math.random'],
    [`setTimeout(() => {}, 5)`, 'setTimeout'],
    [`const later = setTimeout`, 'setTimeout'],
    [`const timers = { setTimeout }`, 'setTimeout'],
    [`const timers = { later: setInterval }`, 'setInterval'],
    [`function wait(later = setImmediate) {}`, 'setImmediate'],
    [`globalThis.setTimeout(() => {}, 5)`, 'setTimeout'],
    [`globalThis['setTimeout'](() => {}, 5)`, 'setTimeout'],
    [`const { setTimeout: later } = globalThis`, 'globalThis.setTimeout'],
    [`globalThis.Math.random()`, 'Math.random'],
    [`new globalThis.Date()`, 'new Date()'],
    [`queueMicrotask(() => {})`, 'queueMicrotask'],
    [`const t = performance.now()`, 'performance'],
    [`const { now } = performance`, 'performance'],
    [`const t = process.hrtime.bigint()`, 'process.hrtime'],
    [`process.nextTick(() => {})`, 'process.nextTick'],
    [`crypto.getRandomValues(bytes)`, 'crypto'],
    [`crypto.randomUUID()`, 'crypto'],
    [`const signal = AbortSignal.timeout(5)`, 'AbortSignal.timeout'],
    [`await fetch('http://127.0.0.1')`, 'fetch'],
    [`new WebSocket('ws://127.0.0.1')`, 'WebSocket'],
    [`import { connect } from 'node:net'`, 'node:net'],
    [`import { connect, type Socket } from 'node:net'`, 'node:net'],
    [`import * as tls from 'tls'`, 'node:tls'],
    [`import { setTimeout } from 'node:timers/promises'`, 'node:timers/promises'],
    [`import { performance } from 'node:perf_hooks'`, 'node:perf_hooks'],
    [`export { createServer } from 'node:http'`, 'node:http'],
    [`const net = await import('node:net')`, 'node:net'],
    [`const net = require('net')`, 'node:net'],
    [`import { randomBytes, createHmac } from 'node:crypto'`, 'randomBytes of node:crypto'],
    [`import { randomUUID as id } from 'crypto'`, 'randomUUID of node:crypto'],
    [`import crypto from 'node:crypto'`, 'all of node:crypto'],
    [`import * as c from 'node:crypto'`, 'all of node:crypto'],
  ])('is found in %s', (text, what) => {
    expect(found(`\n${text}`)).toEqual([`2: ${what} is ambient: take it from the injected runtime`])
  })

  it.each([
    `const at = new Date(ms)`,
    `const at = Date.UTC(2026, 1)`,
    `const isDate = value instanceof Date`,
    `const n = Math.floor(x)`,
    `runtime.setTimeout(task, 5)`,
    `function f(setTimeout: Timers) { setTimeout(5) }`,
    `const { setTimeout } = runtime; setTimeout(task)`,
    `import { setTimeout } from './virtual.ts'; setTimeout(task)`,
    `interface Clock { setTimeout(task: () => void): void; performance: number }`,
    `const clock = { setTimeout: later, performance: 1 }`,
    `class Clock { setTimeout() { return this.performance } }`,
    `let timer: ReturnType<typeof setTimeout>`,
    `import type { Socket } from 'node:net'`,
    `import { type Socket } from 'node:net'`,
    `import { createHmac, timingSafeEqual } from 'node:crypto'`,
    `process.stderr.write('x')`,
    `// Date.now() and setTimeout\nconst s = 'Math.random()'`,
    `const self = globalThis`,
  ])('is not seen in %s', (text) => {
    expect(found(text)).toEqual([])
  })

  it('is allowed in the real runtime, in tests and in apps', () => {
    for (const path of [...realRuntimeFiles, 'packages/core/test/a.test.ts', 'apps/http/src/main.ts']) {
      expect(found(`setTimeout(() => {}, Date.now())`, path)).toEqual([])
    }
  })

  it('is found wherever it nests', () => {
    expect(found(`class A {\n  #later = () => [1].map(() => setTimeout(() => Math.random()))\n}`)).toEqual([
      '2: setTimeout is ambient: take it from the injected runtime',
      '2: Math.random is ambient: take it from the injected runtime',
    ])
  })
})
