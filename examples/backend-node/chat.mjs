// What people say: decided before it is delivered, and followed afterwards.

// Events come once more if the answer was lost. As many ids are remembered.
const REMEMBERED = 10_000

export class Chat {
  #im
  #orders
  #say
  #seen = new Set()
  // Who was told by a push and has not been here since: one is enough.
  #notified = new Set()
  #turn = Promise.resolve()

  constructor(im, orders, say) {
    this.#im = im
    this.#orders = orders
    this.#say = say
  }

  /** Whether a message may be delivered. */
  decide(question, { content = '' }) {
    if (question === 'beforeC2s') {
      return content === 'orders' ? { accept: true } : { accept: false, code: 2002, reason: 'ask me for orders' }
    }
    if (content.includes('spam')) return { accept: false, code: 2001, reason: 'no spam here' }
    if (content.includes('heck')) return { accept: true, content: content.replaceAll('heck', 'h**k') }
    return { accept: true }
  }

  /** Takes events in their order, each once. What fails is taken again, as the server sends it again. */
  take(events) {
    // One after the other: what took too long is sent again while it is still dealt with.
    const turn = this.#turn.then(() => this.#takeAll(events))
    this.#turn = turn.catch(() => {})
    return turn
  }

  async #takeAll(events) {
    for (const event of events) {
      if (this.#seen.has(event.id)) continue
      await this.#happened(event)
      this.#seen.add(event.id)
      if (this.#seen.size > REMEMBERED) this.#seen.delete(this.#seen.values().next().value)
    }
  }

  async #happened(event) {
    const { type, user, from, to } = event
    switch (type) {
      case 'online':
        this.#notified.delete(user)
        return this.#say(`${user} is online`)
      case 'offline':
        // Not if another session of the user is there in its place.
        if (event.replacedBy === undefined) this.#say(`${user} is offline: ${event.reason}`)
        return
      case 'stored':
        this.#say(`${from} to ${to}: stored`)
        return this.#notify(to, from)
      case 'delivered':
      case 'fetched':
        return this.#say(`${from} to ${to}: ${type}`)
      case 'refused':
        return this.#say(`${from} to ${to}: refused, ${event.reason}`)
      case 'message': {
        this.#say(`${from} to the server: ${event.text}`)
        const text = `You have ${this.#orders.count(from)} orders`
        // Named for the event, so that an event that comes twice has one answer.
        return this.#im.push({ to: from, text, fp: `answer-${event.id}` })
      }
      case 'gap':
      case 'lost':
        return this.#say(`events are missing: ${type} at ${event.position}`)
    }
  }

  /** Here APNs, FCM or a subscribe message of WeChat is sent: docs/offline-push.md. */
  #notify(user, from) {
    if (this.#notified.has(user)) return
    this.#notified.add(user)
    this.#say(`push to the phone of ${user}: ${from} has written`)
  }
}
