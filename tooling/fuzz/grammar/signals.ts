/** Frames after the handshake: of every opcode and of none, with addresses true and forged, whole and in fragments. */
import { addressForm, cause, flag, opcode } from '../../../packages/distribution/src/wire/opcodes.ts'
import { Bytes, framed } from '../bytes.ts'
import type { Dice } from '../dice.ts'
import { tameValue } from './values.ts'

/** What frames may name: processes that are there, names that are registered, modules that can be spawned. */
export interface Scene {
  readonly ids: readonly number[]
  readonly names: readonly string[]
  readonly modules: readonly (readonly [module: string, name: string])[]
  readonly nodes: readonly (readonly [name: string, incarnation: number])[]
}

const codes = Object.values(opcode)
/** Those after which something can still come. */
const signals = codes.filter((code) => code >= opcode.send)
const refForms = [addressForm.senderRef, addressForm.receiverRef, addressForm.otherRef]

export class SignalGrammar {
  readonly #scene: Scene

  constructor(scene: Scene) {
    this.#scene = scene
  }

  /** The content of a frame. */
  content(dice: Dice): Uint8Array {
    const made = new Bytes()
    const code = dice.once(150) ? dice.byte() : dice.once(20) ? dice.one(codes) : dice.one(signals)
    made.u8(code)
    this.#flags(made, dice)
    this.#header(made, dice, code)
    if (dice.once(150)) made.all(dice.bytes(1 + dice.below(3)))
    return made.done()
  }

  /** Frames of one play: mostly one after the other, some of them in fragments, whose order may be wrong. */
  frames(dice: Dice): Uint8Array[] {
    const made: Uint8Array[] = []
    for (let count = 1 + dice.below(12); count > 0; count--) {
      const content = this.content(dice)
      if (dice.once(20)) made.push(...this.#cut(content, dice))
      else made.push(framed(content))
    }
    if (dice.once(6)) made.push(Uint8Array.of(0, 0, 0, 0))
    if (dice.once(20)) made.sort(() => dice.below(3) - 1)
    return made
  }

  #cut(content: Uint8Array, dice: Dice): Uint8Array[] {
    const stream = dice.once(4) ? dice.size() : dice.below(5)
    const parts: Uint8Array[] = []
    let at = 0
    for (const first of [true, ...Array.from({ length: 1 + dice.below(3) }, () => false)]) {
      const made = new Bytes().u8(first ? opcode.firstFragment : opcode.nextFragment)
      made.u8(dice.once(60) ? dice.byte() : 0).varint(dice.once(40) ? dice.below(9) : stream)
      if (first) made.varint(dice.once(15) ? dice.size() : content.length)
      const end = parts.length === 3 ? content.length : at + dice.below(content.length - at + 1)
      parts.push(framed(made.all(content.subarray(at, end)).done()))
      at = end
    }
    if (at < content.length)
      parts.push(framed(new Bytes().u8(opcode.nextFragment, 0).varint(stream).all(content.subarray(at)).done()))
    return parts
  }

  #flags(made: Bytes, dice: Dice): void {
    if (dice.once(150)) return void made.u8(dice.byte())
    if (!dice.once(12)) return void made.u8(0)
    const fields = new Bytes()
    for (let count = dice.below(4); count > 0; count--) {
      const bytes = dice.bytes(dice.one([0, 1, 2, 8, 25]))
      fields
        .u8(dice.once(2) ? dice.below(4) : dice.byte())
        .u16(dice.once(10) ? dice.size() : bytes.length)
        .all(bytes)
    }
    const block = fields.done()
    made
      .u8(flag.fields)
      .u16(dice.once(12) ? dice.size() : block.length)
      .all(block)
  }

  #header(made: Bytes, dice: Dice, code: number): void {
    switch (code) {
      case opcode.bye:
      case opcode.fault:
        return void made.u8(dice.one(Object.values(cause))).text(dice.one(['', 'why', '\u001b[31m\n', 'x'.repeat(600)]))
      case opcode.liveness:
        return void made.varint(dice.size()).text(dice.one(['', '127.0.0.1', 'x'.repeat(300)]))
      case opcode.firstFragment:
      case opcode.nextFragment:
        return void made
          .varint(dice.below(4))
          .varint(dice.size())
          .all(dice.bytes(dice.below(20)))
      case opcode.spawn:
        return this.#spawn(made, dice)
      case opcode.reply:
      case opcode.requestFailed:
        this.#pid(made, dice, false)
        return void made.varint(this.#id(dice)).all(tameValue(dice))
      case opcode.spawned:
        this.#pid(made, dice, false)
        made.varint(this.#id(dice))
        return this.#pid(made, dice, true)
      case opcode.spawnFailed:
        this.#pid(made, dice, false)
        return void made.varint(this.#id(dice)).text('some.code').text('a message')
      default:
        return this.#twoParties(made, dice, code)
    }
  }

  #twoParties(made: Bytes, dice: Dice, code: number): void {
    this.#from(made, dice)
    if (code === opcode.link || code === opcode.exit || code === opcode.down || dice.once(2))
      this.#pid(made, dice, false)
    else this.#target(made, dice)
    if (code === opcode.monitor || code === opcode.demonitor || code === opcode.down) this.#ref(made, dice)
    if (code === opcode.unlink || code === opcode.unlinkAck || code === opcode.request || code === opcode.abandon)
      made.varint(this.#id(dice))
    const hasPayload: readonly number[] = [opcode.send, opcode.linkExit, opcode.exit, opcode.down, opcode.request]
    if (hasPayload.includes(code)) made.all(tameValue(dice))
  }

  #spawn(made: Bytes, dice: Dice): void {
    this.#pid(made, dice, true)
    const bits = dice.once(20) ? dice.byte() : dice.below(8)
    const [module, name] = dice.one(this.#scene.modules)
    made.varint(this.#id(dice)).u8(bits).text(module).text(name)
    if ((bits & 4) !== 0) made.text('1')
    if ((bits & 2) !== 0) this.#ref(made, dice)
    made.all(tameValue(dice))
  }

  #from(made: Bytes, dice: Dice): void {
    if (dice.once(25)) made.u8(addressForm.none)
    else if (dice.once(60)) this.#target(made, dice)
    else this.#pid(made, dice, true)
  }

  #id(dice: Dice): number {
    return dice.once(12) ? dice.size() : dice.below(3)
  }

  /** A process of the sender, or one of the receiver; sometimes of others, or a form that is none. */
  #pid(made: Bytes, dice: Dice, isSenders: boolean): void {
    if (dice.once(100)) made.u8(dice.below(12)).varint(this.#id(dice))
    else if (dice.once(20)) this.#other(made, dice, addressForm.otherPid)
    else
      made
        .u8(isSenders !== dice.once(80) ? addressForm.senderPid : addressForm.receiverPid)
        .varint(dice.one(this.#scene.ids))
  }

  #other(made: Bytes, dice: Dice, form: number): void {
    const [name, incarnation] = dice.one(this.#scene.nodes)
    made.u8(form).text(name).u32(incarnation).varint(dice.one(this.#scene.ids))
  }

  #ref(made: Bytes, dice: Dice): void {
    if (dice.once(60)) this.#other(made, dice, dice.one([addressForm.otherRef, addressForm.otherPid]))
    else made.u8(dice.once(50) ? dice.one(refForms) : addressForm.senderRef).varint(this.#id(dice))
  }

  #target(made: Bytes, dice: Dice): void {
    if (dice.once(3)) this.#pid(made, dice, false)
    else made.u8(dice.once(50) ? addressForm.senderName : addressForm.receiverName).text(dice.one(this.#scene.names))
  }
}
