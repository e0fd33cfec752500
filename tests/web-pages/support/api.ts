import type { Server } from "../../support/server.js";

/** Has the server send messages to one user, in this order, and returns when they are stored. */
export async function store(server: Server, key: string, to: string, fps: readonly string[]): Promise<void> {
  for (const fp of fps) {
    const answer = await fetch(`${server.page}api/v1/messages`, {
      method: "POST",
      headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
      body: JSON.stringify({ to: [to], text: `text of ${fp}`, fp, wait: 10_000 }),
    });
    const told = await answer.text();
    if (!told.includes('"stored"')) throw new Error(`${fp}: ${answer.status} ${told}`);
  }
}

/** The names of a user's devices, in the order they came. */
export async function devices(server: Server, key: string, userId: string): Promise<string[]> {
  const answer = await fetch(`${server.page}api/v1/users/${userId}/devices`, {
    headers: { Authorization: `Bearer ${key}` },
  });
  const { devices } = (await answer.json()) as { devices: { device: string }[] };
  return devices.map(({ device }) => device);
}

/** Makes a group of users, and returns when they are told. */
export async function makeGroup(server: Server, key: string, id: string, users: string[]): Promise<void> {
  const answer = await fetch(`${server.page}api/v1/groups`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: JSON.stringify({ id, name: "The group", members: users.map((user) => ({ user })) }),
  });
  if (!answer.ok) throw new Error(`${id}: ${answer.status} ${await answer.text()}`);
}
