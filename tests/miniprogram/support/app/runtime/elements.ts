import { glassEasel } from "glass-easel-miniprogram-adapter";

type Target = Parameters<Parameters<glassEasel.CurrentWindowBackendContext["onEvent"]>[0]>[0];
type WithElement = Element & { __wxElement?: Target };

/** `EventBubbleStatus.NoDefault`, which is there for the type checker only. */
const NO_DEFAULT = 1;

/** Passes what happens in the browser on to the elements of the component framework, under WeChat's names. */
export function listenToElements(context: glassEasel.CurrentWindowBackendContext): void {
  context.onEvent((target, type, detail, options) => {
    const { target: field } = options.originalEvent as { target: HTMLInputElement };
    const event = new glassEasel.Event(type, type === "input" ? { value: field.value } : detail, options);
    glassEasel.Event.dispatchEvent(target, event);
    return event.defaultPrevented() ? NO_DEFAULT : undefined;
  });
  const tell = (target: EventTarget | null, type: string, detail: object) => {
    const element = (target as WithElement | null)?.__wxElement;
    if (element !== undefined)
      glassEasel.Event.triggerEvent(element as never, type, detail, { bubbles: false } as never);
  };
  document.addEventListener("keydown", ({ target, key }) => {
    if (key === "Enter" && target instanceof HTMLInputElement)
      tell(target, "confirm", { value: target.value });
  });
  followAttributes();
}

/** Attributes that mean more in WeChat than in a browser. */
function followAttributes(): void {
  const set = Element.prototype.setAttribute;
  const changed = (element: Element, name: string) => {
    const value = element.getAttribute(name);
    if (name === "aria-role") set.call(element, "role", value ?? "");
    // A browser's attribute is only the first value.
    if (name === "value" && "value" in element) element.value = value ?? "";
    if (name === "password") set.call(element, "type", value === null ? "text" : "password");
    if (name === "focus" && value !== null) (element as HTMLElement).focus({ preventScroll: true });
    // Only this element: a browser would move all that it is in.
    if (name === "scroll-into-view" && value) {
      const target = element.querySelector(`[id$="--${value}"]`);
      const top = (one: Element | null) => one?.getBoundingClientRect().top ?? 0;
      element.scrollTop += top(target) - top(element);
    }
  };
  Element.prototype.setAttribute = function (name: string, value: string) {
    set.call(this, name, value);
    // Once it is in the page.
    queueMicrotask(() => changed(this, name));
  };
}
