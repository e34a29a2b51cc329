/**
 * The keeper: the process that speaks for a node's distributed applications (dist_ac).
 *
 * It never waits: what takes time is carried out beside it, and comes back as a message. It ends after the applications that it started here, so that who sees it go knows
 * that they are gone, too.
 */
import { defineServer, noreply, reply, type Server } from '@agner/behaviours'
import { Pid, type AnyProcess } from '@agner/core'
import type { Distribution } from '@agner/distribution'
import { Contacts } from './contacts.ts'
import { keeperProtocol, type KeeperApi, type Own } from './keeper.api.ts'
import type { Live } from './live.ts'

export function defineKeeper(
  live: Live,
  distribution: Distribution,
  wanted: readonly string[],
): Server<KeeperApi, void, Contacts> {
  return defineServer(keeperProtocol, {
    unknown: 'refuse',
    trapExits: true,
    init: (_: void, { self }): Contacts => {
      const contacts = new Contacts(self, live, distribution, wanted)
      live.begin(self, contacts)
      contacts.begin()
      return contacts
    },
    calls: {
      ask: (contacts, { application, ask }, { from }) => {
        live.asked(application, ask, from)
        return noreply(contacts)
      },
      sync: (contacts, { key, nodes, timeoutMs }, { from }) => {
        if (!live.isOwn(key)) return reply(nodes, contacts)
        contacts.sync(nodes, timeoutMs, from)
        return noreply(contacts)
      },
    },
    info: {
      hello: (contacts, hello) => {
        contacts.hello(hello)
        return noreply(contacts)
      },
      stand: (contacts, message) => {
        contacts.stand(message)
        return noreply(contacts)
      },
      grant: (contacts, message) => {
        contacts.granted(message)
        return noreply(contacts)
      },
      nodeup: (contacts, { node }) => {
        // Nothing is begun with a node of which only a stranger says that it is there.
        if (distribution.nodes('connected').includes(node)) contacts.greet(node)
        return noreply(contacts)
      },
      // The monitors of its keeper tell.
      nodedown: (contacts) => noreply(contacts),
      nodesuspect: (contacts, { node }) => {
        const isOn = distribution.nodes('connected').includes(node)
        if (isOn) live.happenedToAll({ type: 'suspect', node, isOn })
        return noreply(contacts)
      },
      noderecovered: (contacts, { node }) => {
        live.happenedToAll({ type: 'suspect', node, isOn: false })
        return noreply(contacts)
      },
      down: (contacts, { ref, reason, process }) => {
        if (!live.down(ref, reason) && !contacts.down(ref) && process instanceof Pid) live.watchers.down(process, ref)
        return noreply(contacts)
      },
      exit: (contacts, { from, reason }) => {
        if (from !== null) live.exited(from, reason)
        return noreply(contacts)
      },
      own: (contacts, message, { self }) => {
        if (live.isOwn(message.key)) perform(live, contacts, message.event)
        else reportStranger(self)
        return noreply(contacts)
      },
    },
    terminate: () => live.end(),
  })
}

function perform(live: Live, contacts: Contacts, event: Own): void {
  switch (event.type) {
    case 'begun':
      return live.begun(event)
    case 'notBegun':
      return live.happened(event.application, { ...event, type: 'startFailed' })
    case 'halted':
      return live.happened(event.application, { type: 'stopped', instance: event.instance })
    case 'claimed':
    case 'notClaimed':
      return live.happened(event.application, event)
    case 'lostClaim':
      return live.happened(event.application, { type: 'claimLost', token: event.token, why: event.why })
    case 'time':
      return live.time()
    case 'redial':
      return contacts.redial()
    case 'again':
      return contacts.again()
    case 'syncOver':
      return contacts.syncOver()
    case 'watch':
      return live.watch(event.pid, event.on)
  }
}

function reportStranger({ node, pid }: AnyProcess): void {
  const text = `${keeperProtocol.module} ${String(pid)} dropped a message that only its own node may send, and that is not from there`
  node.report({ type: 'notice', level: 'warning', source: 'release.applications', text })
}
