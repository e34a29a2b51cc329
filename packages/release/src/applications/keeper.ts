/**
 * The keeper: the process that speaks for a node's distributed applications (dist_ac).
 *
 * It never waits: what takes time is carried out beside it, and comes back as a message. It ends after the applications that it started here, so that who sees it go knows
 * that they are gone, too.
 */
import { defineServer, noreply, type Server } from '@agner/behaviours'
import { Pid } from '@agner/core'
import type { Distribution } from '@agner/distribution'
import { Contacts } from './contacts.ts'
import { keeperProtocol, type KeeperApi } from './keeper.api.ts'
import type { Live } from './live.ts'

export function defineKeeper(
  live: Live,
  distribution: Distribution,
  wanted: readonly string[],
): Server<KeeperApi, void, Contacts> {
  return defineServer(keeperProtocol, {
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
      sync: (contacts, { nodes, timeoutMs }, { from }) => {
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
        contacts.greet(node)
        return noreply(contacts)
      },
      // The monitors of its keeper tell.
      nodedown: (contacts) => noreply(contacts),
      nodesuspect: (contacts, { node }) => {
        live.happenedToAll({ type: 'suspect', node, isOn: true })
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
      begun: (contacts, message) => {
        live.begun(message)
        return noreply(contacts)
      },
      notBegun: (contacts, { application, ...failure }) => {
        live.happened(application, { ...failure, type: 'startFailed' })
        return noreply(contacts)
      },
      halted: (contacts, { application, instance }) => {
        live.happened(application, { type: 'stopped', instance })
        return noreply(contacts)
      },
      claimed: (contacts, { application, ...claim }) => {
        live.happened(application, claim)
        return noreply(contacts)
      },
      notClaimed: (contacts, { application, ...refusal }) => {
        live.happened(application, refusal)
        return noreply(contacts)
      },
      lostClaim: (contacts, { application, token, why }) => {
        live.happened(application, { type: 'claimLost', token, why })
        return noreply(contacts)
      },
      time: (contacts) => {
        live.time()
        return noreply(contacts)
      },
      redial: (contacts) => {
        contacts.redial()
        return noreply(contacts)
      },
      again: (contacts) => {
        contacts.again()
        return noreply(contacts)
      },
      syncOver: (contacts) => {
        contacts.syncOver()
        return noreply(contacts)
      },
      watch: (contacts, { pid, on }) => {
        live.watch(pid, on)
        return noreply(contacts)
      },
    },
    terminate: () => live.end(),
  })
}
