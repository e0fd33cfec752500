// The server's HTTP API, as much of it as this back end needs.

const TIMEOUT_MS = 35_000
const AGAIN_AFTER_MS = 1000

/** The server cannot be asked, or does not do it. */
export class ImError extends Error {}

export class Im {
  #api
  #key

  constructor(api, key) {
    this.#api = api
    this.#key = key
  }

  /** Sends as the server, and says what became of it. If that fails, it may be called again: with the same `fp`, nobody gets it twice. */
  async push({ to, text, typeu, fp }) {
    const { receivers } = await this.#ask('POST', '/messages', { to: [to], text, typeu, fp, wait: 2000 })
    return receivers[0].outcome
  }

  /** What became of a message to a user, also long after it was sent. The server is `0`. */
  async becameOf(from, fp, to) {
    const path = `/messages/${encodeURIComponent(from)}/${encodeURIComponent(fp)}?to=${encodeURIComponent(to)}`
    const { receivers } = await this.#ask('GET', path)
    return receivers[0].outcome
  }

  /** Takes all events, one after the other, for as long as this runs. The server knows by the name how far it was. */
  async follow(consumer, take) {
    for (;;) {
      try {
        const { events, position } = await this.#ask('GET', `/events?consumer=${consumer}&wait=25`)
        if (events.length === 0) continue
        await take(events)
        await this.#ask('PUT', `/events/consumers/${consumer}`, { position })
      } catch (error) {
        console.error(`events: ${error.message}`)
        await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS))
      }
    }
  }

  async #ask(method, path, body) {
    let response
    try {
      response = await fetch(this.#api + path, {
        method,
        headers: { authorization: `Bearer ${this.#key}`, 'content-type': 'application/json' },
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
    } catch (error) {
      throw new ImError(`the server cannot be asked: ${error.cause?.message ?? error.message}`)
    }
    if (response.status === 204) return {}
    if (response.ok) return response.json()
    const { detail } = await response.json().catch(() => ({}))
    throw new ImError(`the server answers ${method} ${path} with ${response.status}: ${detail}`)
  }
}
