/**
 * What an application hands in, checked before anything else sees it: the engine's glue takes memory for texts by their
 * length, and does not ask what they are.
 */
import { MobileIMError } from "./errors.js";

/** A call was given something that it does not take; `code` is `"bad-argument"`. Nothing has happened. */
export class ArgumentError extends MobileIMError {
  override name = "ArgumentError";
  /** The name of the argument or option. */
  readonly argument: string;

  constructor(argument: string, must: string, given: unknown) {
    super("bad-argument", `${argument} must be ${must}, not ${shown(given)}`);
    this.argument = argument;
  }
}

/** Returns a value in a few words. */
export function shown(given: unknown): string {
  if (typeof given === "string")
    return JSON.stringify(given.length > 60 ? `${given.slice(0, 60)}...` : given);
  if (typeof given === "function" || (typeof given === "object" && given !== null))
    return Array.isArray(given) ? "an array" : `a value of the type ${typeof given}`;
  return String(given);
}

export const isText = (given: unknown): given is string => typeof given === "string";
export const isFunction = (given: unknown): boolean => typeof given === "function";
export const isBoolean = (given: unknown): boolean => typeof given === "boolean";
export const isObject = (given: unknown): given is object => typeof given === "object" && given !== null;

/** What an argument must be: how that is told, and its name. */
export type Kind = readonly [is: (given: unknown) => boolean, name: string];

export const TEXT: Kind = [isText, "a text"];
export const FUNCTION: Kind = [isFunction, "a function"];
export const BOOLEAN: Kind = [isBoolean, "true or false"];

/** @throws ArgumentError unless it is of a kind */
export function check(argument: string, [is, name]: Kind, given: unknown): void {
  if (!is(given)) throw new ArgumentError(argument, name, given);
}

/** @throws ArgumentError unless it is an object, and what it has by these names is of these kinds */
export function checkOptions(kinds: Record<string, Kind>, given: object): void {
  check("options", [isObject, "an object"], given);
  for (const [name, kind] of Object.entries(kinds)) {
    const option: unknown = (given as Record<string, unknown>)[name];
    if (option !== undefined) check(name, kind, option);
  }
}

const ID: Kind = [
  (given) =>
    isText(given)
      ? !/[\ud800-\udfff]/u.test(given)
      : typeof given === "bigint" || Number.isSafeInteger(given),
  "a text, or a whole number below 2^53",
];

/**
 * A user's id or a fingerprint as a text: numbers are ids in many back ends. One past 2^53 is not what it was, and half a
 * surrogate pair would not come back as it was.
 */
export function idOf(argument: string, given: unknown): string {
  check(argument, ID, given);
  return String(given);
}
