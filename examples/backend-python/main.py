"""A back end for MobileIM with FastAPI: it gives out tokens, decides about messages, follows events, and sends as the server."""

import asyncio
import json
import os
import socket
import sys
from contextlib import asynccontextmanager
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from chat import Chat
from im import Im, ImError
from orders import Orders
from tokens import Tokens
from webhooks import is_signed
from wechat import open_id_of

# The longest body that is read: the server sends up to 1 MiB of events, and a little around them.
MAX_BODY = 2 * 1024 * 1024


def say(line: str) -> None:
    print(line, flush=True)


def complain(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def need(variable: str) -> str:
    value = os.environ.get(variable)
    if not value:
        complain(f"{variable} is not set: README.md says what it is")
        sys.exit(2)
    return value


webhook_secrets = need("WEBHOOK_SECRETS").split()
tokens = Tokens(need("JWT_SECRET"))
im = Im(os.environ.get("IM_API", "http://127.0.0.1:8080/api/v1"), need("IM_KEY"))
orders = Orders(im)
chat = Chat(im, orders, say)
# Yours are hashed, in a database.
passwords = dict(pair.split(":", 1) for pair in os.environ.get("PASSWORDS", "").split())


@asynccontextmanager
async def lifespan(_app: FastAPI):
    # Without a URL in the server's [events], one asks for them.
    following = None
    if os.environ.get("EVENTS") == "ask":
        following = asyncio.create_task(im.follow("backend-python", chat.take, complain))
    yield
    if following:
        following.cancel()


app = FastAPI(lifespan=lifespan)


@app.exception_handler(ImError)
async def server_is_not_there(request: Request, error: ImError) -> JSONResponse:
    complain(f"{request.method} {request.url.path}: {error}")
    return JSONResponse({"error": "this does not work at present"}, 502)


async def signed_in(authorization: Annotated[str, Header()] = "") -> str:
    user = tokens.user_of(authorization)
    if user is None:
        raise HTTPException(401, "this needs the token of a user")
    return user


async def signed_body(request: Request) -> dict:
    """The body of a webhook, which is looked at only if it is signed: the bytes, before they are read as JSON."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            raise HTTPException(413, "this is too long")
    if not is_signed(request.headers, bytes(body), webhook_secrets):
        raise HTTPException(401, "not signed, or with another secret")
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise HTTPException(400, "this is no JSON object")
    return value


User = Annotated[str, Depends(signed_in)]
Signed = Annotated[dict, Depends(signed_body)]


class Login(BaseModel):
    user: str
    password: str


class WechatLogin(BaseModel):
    code: str


class Order(BaseModel):
    item: str


@app.post("/login")
async def login(asked: Login) -> dict:
    if passwords.get(asked.user) != asked.password:
        raise HTTPException(401, "no such user, or another password")
    return tokens.issue(asked.user)


@app.post("/login/wechat")
async def login_by_wechat(asked: WechatLogin) -> dict:
    open_id = await open_id_of(asked.code, os.environ)
    if open_id is None:
        raise HTTPException(401, "WeChat does not know this code")
    return tokens.issue(f"wx-{open_id}")


@app.post("/orders")
async def place_order(order: Order, user: User) -> dict:
    return await orders.place(user, order.item)


@app.get("/orders/{number}")
async def delivery(number: int, user: User) -> dict:
    return await orders.delivery(user, number)


@app.post("/im/questions")
async def questions(asked: Signed) -> dict:
    return {"answers": [chat.decide(asked["question"], message) for message in asked["messages"]]}


@app.post("/im/events")
async def events(told: Signed) -> dict:
    await chat.take(told["events"])
    return {}


if __name__ == "__main__":
    try:
        listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "9000"))), backlog=128)
    except OSError as error:
        complain(f"cannot listen: {error}")
        sys.exit(1)
    say(f"port {listener.getsockname()[1]}")
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=5)
    uvicorn.Server(config).run(sockets=[listener])
