/**
 * Plays a program on a simulated cluster and on the model, and compares them.
 *
 *     while nothing is amiss   each answer is the one that the model gives, and the cluster comes to rest as the model has it
 *     under faults             answers may fail; what was acknowledged holds, and what was refused has not happened
 *     after `settle`           all of it, again
 */
import type { GroupView } from '../../src/index.ts'
import { membersOf, nodesIn, Model, ModelGroup } from './model.ts'
import { nodeNames, type Command, type Fault } from './program.ts'
import { claimsOf, firstOf, wrongAtRest } from './rest.ts'
import { SimulatedStage } from './simulated-stage.ts'
import { short, type Order, type Snapshot, type Stage } from './stage.ts'

type Do<W extends Command['do']> = Command & { readonly do: W }

/** How long a cluster may take until it is as it must be. */
const calmLimitMs = 30_000
const settleLimitMs = 120_000
/** What was asked during a fault and not answered in time may still be on its way, or agreed on once there is a leader: for so long it is to stay as it is. */
const inFlightMs = 1000
/** Failures after which nothing was done. */
const notDone = new Set([
  'groups.no_majority',
  'groups.unreachable',
  'groups.name_in_use',
  'groups.not_a_member',
  'groups.busy',
  'groups.last_member',
])

/** Plays on a simulated cluster. */
export async function play(program: readonly Command[], seed: number): Promise<void> {
  await playOn(await SimulatedStage.open(seed), program)
}

export async function playOn(stage: Stage, program: readonly Command[]): Promise<void> {
  const player = new Player(stage)
  try {
    for (const command of program) await player.step(command)
    await player.step({ do: 'settle' })
  } finally {
    await stage.stop()
  }
}

class Player {
  readonly #stage: Stage
  readonly #model = new Model()
  readonly #processes = new Map<string, string>()
  /** Members by group, generation, founding and epoch: they never differ (I8). */
  readonly #epochs = new Map<string, string>()
  #isCalm = true

  constructor(stage: Stage) {
    this.#stage = stage
  }

  async step(command: Command): Promise<void> {
    await this.#carryOut(command)
    if (this.#isCalm) await this.#rest(calmLimitMs, command)
    else await this.#look()
  }

  async #carryOut(command: Command): Promise<void> {
    switch (command.do) {
      case 'newGroup':
        return this.#newGroup(command)
      case 'addNodes':
      case 'removeNodes':
      case 'deleteGroup':
        return this.#change(command)
      case 'register':
      case 'reregister':
        return this.#register(command)
      case 'unregister':
        return this.#unregister(command)
      case 'kill':
        return this.#kill(command)
      case 'connect':
      case 'release':
        return this.#ask(command)
      default:
        return this.#fault(command)
    }
  }

  // — groups —

  async #newGroup({ who, stray, name, nodes, mode }: Do<'newGroup'>): Promise<void> {
    const members = membersOf(nodes)
    const by = stray ? nodeNames[who]! : members[who % members.length]!
    if (!this.#isUp(by)) return
    const taken = nodes.some((node) => this.#model.groupAt(node, name) !== undefined)
    const expected = !members.includes(by) ? 'groups.not_among_nodes' : taken ? 'groups.name_in_use' : null
    const outcome = await this.#stage.ask(by, { do: 'newGroup', group: name, nodes, mode })
    this.#expect(`newGroup of ${name} with ${members} at ${by}`, outcome.code, expected)
    const view = outcome.value as GroupView | undefined
    if (view !== undefined) this.#model.groups.set(view.id, new ModelGroup(view.id, name, mode, members))
    else if (!notDone.has(outcome.code ?? '')) this.#model.stillborn.push({ name, mode, members })
  }

  async #change(command: Do<'addNodes' | 'removeNodes' | 'deleteGroup'>): Promise<void> {
    const { group, by } = await this.#groupOf(command)
    if (group === null || !this.#isUp(by)) return
    const nodes = command.do === 'deleteGroup' ? [] : command.nodes
    const after = (members: string): string => {
      if (command.do === 'deleteGroup') return ''
      if (command.do === 'addNodes') return membersOf([...nodesIn(members), ...nodes])
      return membersOf(nodesIn(members).filter((node) => !nodes.includes(node)))
    }
    const order: Order =
      command.do === 'deleteGroup'
        ? { do: command.do, group: group.name }
        : { do: command.do, group: group.name, nodes }
    const expected = this.#expected(command, group, by, after)
    const outcome = await this.#stage.ask(by, order)
    this.#expect(`${command.do} ${nodes.join('')} of ${group.name} at ${by}`, outcome.code, expected)
    const change = { apply: after, leavesSome: command.do === 'removeNodes' }
    if (outcome.code === null) group.did(change)
    else if (!notDone.has(outcome.code)) group.mayDo(change)
  }

  #expected(
    { do: what }: Do<'addNodes' | 'removeNodes' | 'deleteGroup'>,
    group: ModelGroup,
    by: string,
    after: (members: string) => string,
  ): string | null {
    const { members } = group
    if (members === null || !members.includes(by)) return 'groups.not_a_member'
    const next = after(members)
    if (what === 'removeNodes' && next === '') return 'groups.last_member'
    const isTaken = nodesIn(next).some(
      (node) => !members.includes(node) && this.#model.groupAt(node, group.name) !== undefined,
    )
    return isTaken ? 'groups.name_in_use' : null
  }

  // — names —

  async #register(command: Do<'register' | 'reregister'>): Promise<void> {
    const { group, by } = await this.#groupOf(command)
    if (group === null || !this.#isUp(by)) return
    const home = group.anybody[command.of % group.anybody.length]!
    if (!this.#isUp(home) || !(await this.#knows(by, group.name, home))) return
    const pid = await this.#process(home, command.slot)
    const owners = group.owners(command.name)
    const [owner] = owners
    const isNamed = group.namesOf(pid).some((name) => name !== command.name)
    const mayHave = !isNamed && (owner === null || owner === pid || command.do === 'reregister')
    const outcome = await this.#stage.ask(by, { do: command.do, group: group.name, name: command.name, pid })
    if (await this.#isOther(by, group)) return
    const what = `${command.do} of ${home}${command.slot} as ${group.name}/${command.name} at ${by}`
    this.#expect(what, outcome.code, group.members?.includes(by) === true ? null : 'groups.not_a_member')
    if (this.#isCalm && outcome.code === null && outcome.value !== mayHave)
      throw new Error(`${what} says ${String(outcome.value)}, not ${String(mayHave)}`)
    // It takes the name away before it gives it.
    if (command.do === 'reregister' && outcome.code !== null) owners.add(null)
    if (outcome.value === false || notDone.has(outcome.code ?? '')) return
    this.#done(group, command.name, pid, outcome.code)
  }

  #done(group: ModelGroup, name: string, owner: string | null, code: string | null): void {
    if (code !== null) group.mayBe(name, owner)
    else if (this.#isCalm || group.mode === 'agree') group.decide(name, owner)
    else group.owners(name).add(owner)
  }

  async #unregister(command: Do<'unregister'>): Promise<void> {
    const { group, by } = await this.#groupOf(command)
    if (group === null || !this.#isUp(by)) return
    const outcome = await this.#stage.ask(by, { do: 'unregister', group: group.name, name: command.name })
    if (await this.#isOther(by, group)) return
    const what = `unregister ${group.name}/${command.name} at ${by}`
    this.#expect(what, outcome.code, group.members?.includes(by) === true ? null : 'groups.not_a_member')
    if (!notDone.has(outcome.code ?? '')) this.#done(group, command.name, null, outcome.code)
  }

  async #kill({ node, slot }: Do<'kill'>): Promise<void> {
    const pid = this.#processes.get(node + slot)
    if (pid === undefined || !this.#isUp(node)) return
    await this.#stage.ask(node, { do: 'kill', pid })
    this.#processes.delete(node + slot)
    this.#mayLose([pid])
    await this.#stage.run(0)
  }

  // — connections —

  async #ask(command: Do<'connect' | 'release'>): Promise<void> {
    const { from, to } = command
    if (from === to || !this.#isUp(from)) return
    if (command.do === 'release') {
      await this.#stage.ask(from, { do: 'release', to })
      // What the other one asked for stays.
      if (this.#isCalm) for (const pairs of [this.#model.asked, this.#model.kept]) pairs.delete(from + to)
      return
    }
    this.#model.asked.add(from + to)
    const made = await this.#stage.ask(from, { do: 'connect', to })
    if (this.#isCalm && made.value !== true) throw new Error(`${from} cannot connect to ${to}`)
    if (this.#isCalm) this.#model.kept.add(from + to)
  }

  // — faults —

  async #fault(command: Fault): Promise<void> {
    const stage = this.#stage
    if (command.do !== 'wait' && command.do !== 'settle') {
      this.#isCalm = false
      this.#model.kept.clear()
    }
    switch (command.do) {
      case 'crash':
        return this.#crash(command.node, command.how)
      case 'restart':
        await this.#crash(command.node, 'reset')
        return stage.start(command.node)
      case 'partition': {
        const others = nodeNames.filter((name) => !command.nodes.includes(name))
        for (const one of command.nodes) for (const other of others) this.#model.part(one, other)
        return stage.partition(command.nodes, others)
      }
      case 'cutOneWay':
      case 'drop':
        if (command.from === command.to || !this.#isUp(command.from)) return
        this.#model.part(command.from, command.to)
        return stage[command.do](command.from, command.to)
      case 'wait':
        return stage.run(command.ms)
      case 'settle':
        stage.heal()
        for (const node of nodeNames) if (!this.#isUp(node)) await stage.start(node)
        return this.#rest(settleLimitMs, command)
    }
  }

  async #crash(node: string, how: 'reset' | 'silence'): Promise<void> {
    if (!this.#isUp(node)) return
    await this.#stage.crash(node, how)
    this.#model.crashed.add(node)
    const lost = [...this.#processes].filter(([key]) => key.startsWith(node))
    for (const [key] of lost) this.#processes.delete(key)
    this.#mayLose(lost.map(([, pid]) => pid))
  }

  // — what comes of it —

  /** Until the cluster is as the model has it; then the model is as the cluster. */
  async #rest(limitMs: number, after: Command): Promise<void> {
    const { crashed, parted, groups, stillborn } = this.#model
    const staysMs = this.#isCalm ? 0 : inFlightMs
    let nodes = await this.#look()
    let wrong = wrongAtRest(nodes, this.#model)
    for (let ms = 0, rightMs = 0; wrong !== null || rightMs < staysMs; ms += 200) {
      if (ms > limitMs) throw new Error(`${wrong}, ${limitMs} ms after ${JSON.stringify(after)}`)
      await this.#stage.run(200)
      nodes = await this.#look()
      wrong = wrongAtRest(nodes, this.#model)
      rightMs = wrong === null ? rightMs + 200 : 0
    }
    const all = claimsOf(nodes)
    for (const id of [...groups.keys()]) if (!all.has(id)) groups.delete(id)
    for (const [id, claims] of all) {
      const [, { view, names }] = firstOf(claims)
      const members = membersOf(claims.keys())
      if (!groups.has(id)) groups.set(id, new ModelGroup(id, view.name, view.mode, members))
      groups.get(id)!.settle(members, new Map(names))
    }
    stillborn.length = 0
    crashed.clear()
    parted.clear()
    this.#isCalm = true
  }

  /** Two nodes that have the same epoch of a group have the same members, always (I8). */
  async #look(): Promise<Snapshot[]> {
    const nodes = await this.#stage.look()
    for (const [id, claims] of claimsOf(nodes))
      for (const [node, { view }] of claims) {
        const { name, generation, founding, epoch } = view
        const key = `${id} ${generation} ${founding} ${epoch}`
        const members = membersOf(view.nodes.map(short))
        const before = this.#epochs.get(key) ?? members
        this.#epochs.set(key, before)
        if (before !== members)
          throw new Error(
            `epoch ${epoch} of ${name} has the members ${members} at ${node}, and had ${before} elsewhere`,
          )
      }
    return nodes
  }

  async #groupOf({
    group,
    who,
    stray,
  }: {
    readonly group: number
    readonly who: number
    readonly stray: boolean
  }): Promise<{
    readonly group: ModelGroup | null
    readonly by: string
  }> {
    const chosen = this.#model.list[group % Math.max(1, this.#model.list.length)] ?? null
    const members = chosen?.anybody ?? []
    const by = stray || members.length === 0 ? nodeNames[who]! : members[who % members.length]!
    if (chosen === null) return { group: null, by }
    // It may be in another group of that name: that one is meant, then.
    const view = await this.#viewAt(by, chosen.name)
    return { group: view === undefined ? chosen : (this.#model.groups.get(view.id) ?? null), by }
  }

  async #viewAt(by: string, group: string): Promise<GroupView | undefined> {
    const nodes = await this.#stage.look()
    return nodes.find(({ node }) => node === by)?.groups.find(({ view }) => view.name === group)?.view
  }

  async #knows(by: string, group: string, node: string): Promise<boolean> {
    return (await this.#viewAt(by, group))?.nodes.map(short).includes(node) === true
  }

  /** What `by` has under the name of this group is another one, as nobody could know. */
  async #isOther(by: string, group: ModelGroup): Promise<boolean> {
    const view = await this.#viewAt(by, group.name)
    return view !== undefined && view.id !== group.id
  }

  async #process(node: string, slot: number): Promise<string> {
    const key = `${node}${slot}`
    const alive = (await this.#stage.look()).find((one) => one.node === node)?.alive ?? []
    const present = this.#processes.get(key)
    if (present !== undefined && alive.includes(present)) return present
    const { value } = await this.#stage.ask(node, { do: 'spawn' })
    this.#processes.set(key, value as string)
    return value as string
  }

  #mayLose(pids: readonly string[]): void {
    for (const group of this.#model.list) group.mayLose(pids)
  }

  #isUp(node: string): boolean {
    return this.#stage.up().includes(node)
  }

  /** While nothing is amiss there is one right answer. */
  #expect(what: string, code: string | null, expected: string | null): void {
    if (this.#isCalm && code !== expected) throw new Error(`${what} says ${code ?? 'yes'}, not ${expected ?? 'yes'}`)
  }
}
