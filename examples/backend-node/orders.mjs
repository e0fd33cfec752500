// What this back end is for: people order something, and are told.

const TYPE_ORDER = 7

export class Orders {
  #im
  // Yours are in a database.
  #placed = []

  constructor(im) {
    this.#im = im
  }

  /** Places an order, and tells the user, wherever they are. */
  async place(user, item) {
    const number = this.#placed.push({ user, item })
    const message = { to: user, text: `Order ${number} is on its way: ${item}`, typeu: TYPE_ORDER, fp: nameOf(number) }
    return { number, outcome: await this.#im.push(message) }
  }

  /** Whether the user has been told of an order. */
  async delivery(user, number) {
    if (this.#placed[number - 1]?.user !== user) return { number, outcome: 'unknown' }
    return { number, outcome: await this.#im.becameOf('0', nameOf(number), user) }
  }

  /** How many a user has placed. */
  count(user) {
    return this.#placed.filter((order) => order.user === user).length
  }
}

// The message's fingerprint: sent again, it is the same message. Numbers begin anew with this program, and fingerprints must not.
const started = Date.now()

function nameOf(number) {
  return `order-${started}-${number}`
}
