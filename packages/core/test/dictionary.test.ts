import { describe, expect, test } from 'vitest'
import type { Process } from '../src/index.ts'
import { createWorld } from './world.ts'

describe('the process dictionary', () => {
  test('keeps values by key, and hands back what stood there', async () => {
    const { inProcess } = createWorld()
    await inProcess(async ({ dictionary, pid }) => {
      expect(dictionary.put('a', 1)).toBeUndefined()
      expect(dictionary.put('a', 2)).toBe(1)
      expect(dictionary.put(pid, 'by pid')).toBeUndefined()
      expect([dictionary.get('a'), dictionary.get(pid), dictionary.get('b')]).toEqual([2, 'by pid', undefined])
      expect([dictionary.size, dictionary.keys()]).toEqual([2, ['a', pid]])
      expect(dictionary.entries()).toEqual([
        ['a', 2],
        [pid, 'by pid'],
      ])
      expect([dictionary.erase('a'), dictionary.erase('a')]).toEqual([2, undefined])
      expect(dictionary.eraseAll()).toEqual(new Map([[pid, 'by pid']]))
      expect(dictionary.size).toBe(0)
    })
  })

  test('is private: nothing is copied, and nobody shares it', async () => {
    const { inProcess } = createWorld()
    const thing = { close() {} }
    await inProcess<string>(async (self) => {
      self.dictionary.put('thing', thing)
      expect(self.dictionary.get('thing')).toBe(thing)
      const child = async (me: Process<never>): Promise<void> => self.exit(String(me.dictionary.size))
      self.spawn(async (me) => {
        expect(me.dictionary.size).toBe(0)
        me.send(self.pid, 'seen')
      })
      expect(await self.receive()).toBe('seen')
      void child
    })
  })

  test('callbacks have one, too', async () => {
    const { node, runtime } = createWorld()
    const pid = node.spawn({
      init: (self) => self.dictionary.put('count', 0),
      message: (self: Process<string>) => self.dictionary.put('count', Number(self.dictionary.get('count')) + 1),
    })
    for (const each of ['one', 'two']) node.send(pid, each)
    await runtime.settle()
    expect(node.processInfo(pid, ['dictionary'])).toEqual({ dictionary: new Map([['count', 2]]) })
  })

  test('is there as long as its process: afterwards it holds nothing', async () => {
    const { node, exited } = createWorld()
    let dead: Process<never> | undefined
    const pid = node.spawn(async (self) => {
      dead = self
      self.dictionary.put('a', 1)
      self.exit('done')
    })
    await exited(pid)
    expect(dead!.dictionary.put('a', 2)).toBeUndefined()
    expect(dead!.dictionary.get('a')).toBeUndefined()
  })

  test('nothing is made until it is asked for', async () => {
    const { inProcess } = createWorld()
    await inProcess(async (self) => {
      expect(self.processInfo(self.pid, ['dictionary'])).toEqual({ dictionary: new Map() })
      expect((self as unknown as { belongings: unknown }).belongings).toBeNull()
    })
  })
})
