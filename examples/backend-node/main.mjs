// A back end for MobileIM with nothing but Node.js: it gives out tokens, decides about messages, follows events, and sends as the server.
import { createServer } from 'node:http'
import { Chat } from './chat.mjs'
import { Im, ImError } from './im.mjs'
import { Orders } from './orders.mjs'
import { Tokens } from './tokens.mjs'
import { openIdOf } from './wechat.mjs'
import { isSigned } from './webhooks.mjs'

// The longest body that is read: the server sends up to 1 MiB of events, and a little around them.
const MAX_BODY = 2 * 1024 * 1024

const { env } = process
const secrets = need('WEBHOOK_SECRETS').split(/\s+/).filter(Boolean)
const tokens = new Tokens(need('JWT_SECRET'))
const im = new Im(env.IM_API ?? 'http://127.0.0.1:8080/api/v1', need('IM_KEY'))
const orders = new Orders(im)
const chat = new Chat(im, orders, (line) => console.log(line))
// Yours are hashed, in a database.
const passwords = new Map((env.PASSWORDS ?? '').split(/\s+/).filter(Boolean).map((pair) => pair.split(':')))

// What an app asks, and what the server does. Each takes the request's body and who asks, and gives the answer.
const routes = {
  'POST /login': ({ user, password }) => {
    if (!passwords.has(user) || passwords.get(user) !== password) throw new Problem(401, 'no such user, or another password')
    return tokens.issue(user)
  },
  'POST /login/wechat': async ({ code }) => {
    const openId = await openIdOf(code, env)
    if (openId === undefined) throw new Problem(401, 'WeChat does not know this code')
    return tokens.issue(`wx-${openId}`)
  },
  'POST /orders': ({ item }, user) => orders.place(signedIn(user), item),
  'GET /orders': (body, user, number) => orders.delivery(signedIn(user), Number(number)),
  'POST /im/questions': ({ question, messages }) => ({ answers: messages.map((message) => chat.decide(question, message)) }),
  'POST /im/events': async ({ events }) => {
    await chat.take(events)
    return {}
  },
}

const server = createServer(async (request, response) => {
  try {
    reply(response, 200, await answer(request))
  } catch (error) {
    if (error instanceof Problem) return reply(response, error.status, { error: error.message })
    console.error(`${request.method} ${request.url}: ${error.message}`)
    reply(response, error instanceof ImError ? 502 : 500, { error: 'this does not work at present' })
  }
})

async function answer(request) {
  const [, path, number] = /^(\/[a-z]+(?:\/[a-z]+)?)(?:\/(\d+))?$/.exec(request.url) ?? []
  const route = routes[`${request.method} ${path}`]
  if (route === undefined) throw new Problem(404, 'there is nothing here')
  const body = await read(request)
  if (path.startsWith('/im/') && !isSigned(request.headers, body, secrets)) throw new Problem(401, 'not signed, or with another secret')
  return route(parse(body), tokens.userOf(request.headers.authorization), number)
}

async function read(request) {
  const parts = []
  let length = 0
  // What is refused is answered all the same, before the connection is closed.
  for await (const part of request.iterator({ destroyOnReturn: false })) {
    length += part.length
    if (length > MAX_BODY) throw new Problem(413, 'this is too long')
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function parse(body) {
  if (body.length === 0) return {}
  try {
    const value = JSON.parse(body)
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Told below, as what is JSON but no object.
  }
  throw new Problem(400, 'this is no JSON object')
}

function reply(response, status, value) {
  if (status === 413) response.setHeader('connection', 'close')
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

function signedIn(user) {
  if (user === undefined) throw new Problem(401, 'this needs the token of a user')
  return user
}

function need(variable) {
  const value = env[variable]
  if (value) return value
  console.error(`${variable} is not set: README.md says what it is`)
  process.exit(2)
}

class Problem extends Error {
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

server.on('error', (error) => {
  console.error(`cannot listen: ${error.message}`)
  process.exit(1)
})
server.listen(Number(env.PORT ?? 9000), '127.0.0.1', () => console.log(`port ${server.address().port}`))
// Without a URL in the server's [events], one asks for them.
if (env.EVENTS === 'ask') im.follow('backend-node', (events) => chat.take(events))
