import { Deferred } from "./deferred.js";
import { QuestionError, type QuestionFailure } from "./errors.js";

/** What came of a question: what the server says, in JSON, or why it says nothing. */
export interface Answer {
  id: string;
  text: string;
  failure: QuestionFailure | undefined;
}

/** How long an answer is waited for, in ms. The engine gives up sooner; but another tab, which was to ask, may not say so. */
const PATIENCE_MS = 12_000;

/** The promises of questions that are not answered, by their ids. */
export class Questions {
  readonly #pending = new Map<string, Deferred<unknown>>();

  /** Returns the promise for the answer. */
  expect(id: string): Promise<unknown> {
    const answer = new Deferred<unknown>();
    this.#pending.set(id, answer);
    const timer = setTimeout(() => this.#fail(id, "timed-out"), PATIENCE_MS);
    return answer.promise.finally(() => clearTimeout(timer));
  }

  settle({ id, text, failure }: Answer): void {
    if (failure !== undefined) {
      this.#fail(id, failure);
      return;
    }
    try {
      const { answer, error } = JSON.parse(text);
      if (answer === undefined) this.#fail(id, error.code, error.text);
      else this.#take(id)?.resolve(answer);
    } catch {
      this.#fail(id, "other");
    }
  }

  /** None will be answered. */
  failAll(failure: QuestionFailure): void {
    for (const id of [...this.#pending.keys()]) this.#fail(id, failure);
  }

  #fail(id: string, failure: QuestionFailure | number, text?: string): void {
    this.#take(id)?.reject(new QuestionError(failure, text));
  }

  #take(id: string): Deferred<unknown> | undefined {
    const answer = this.#pending.get(id);
    this.#pending.delete(id);
    return answer;
  }
}
