// @vitest-environment jsdom
//! The demo's components by themselves, in Tencent's own simulator.
import { resolve } from "node:path";
import simulate from "miniprogram-simulate";
import { beforeAll, expect, test } from "vitest";

const demo = resolve("../../miniprogram-demo");

beforeAll(() => {
  // The words are chosen by the phone's language.
  Object.assign((globalThis as unknown as { wx: object }).wx, { getAppBaseInfo: () => ({ language: "en" }) });
});

function render(component: string, properties: Record<string, unknown>) {
  const rendered = simulate.render(simulate.load(`${demo}/components/${component}/index`), properties);
  rendered.attach(document.body.appendChild(document.createElement("div")));
  return rendered as typeof rendered & { addEventListener(type: string, listener: () => void): void };
}

const t = { sending: "Sending", delivered: "Delivered", retry: "Try again", hopeless: "Refused" };

test("a bubble shows its text, its time and how far it has come", () => {
  const bubble = render("message-bubble", { text: "Hi", time: "09:30", status: "sending", t });
  expect(bubble.dom?.textContent).toBe("Hi09:30");
  expect(bubble.dom?.innerHTML).toContain("clock");
  bubble.setData({ status: "delivered" });
  expect(bubble.dom?.textContent).toBe("Hi09:30✓");
  expect(bubble.dom?.innerHTML).toContain("mine");
});

test("another's bubble has no tick", () => {
  const bubble = render("message-bubble", { text: "Hi", time: "09:30", status: "", t });
  expect(bubble.dom?.textContent).toBe("Hi09:30");
  expect(bubble.dom?.innerHTML).toContain("theirs");
});

test("a failed bubble asks to be tapped, and says so to its page", async () => {
  const bubble = render("message-bubble", { text: "Hi", time: "09:30", status: "failed", t });
  const retried = new Promise<void>((resolve) => bubble.addEventListener("retry", () => resolve()));
  expect(bubble.dom?.textContent).toContain("Try again");
  bubble.querySelector(".trouble")?.dispatchEvent("tap");
  await retried;
});

test("a bubble that the server refused cannot be tried again", () => {
  const bubble = render("message-bubble", { text: "Hi", time: "09:30", status: "refused", t });
  expect(bubble.dom?.textContent).toContain("Refused");
  expect(bubble.dom?.innerHTML).not.toContain("Try again");
});
