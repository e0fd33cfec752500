import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll } from "vitest";

const PICTURE =
  '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="200"><rect width="400" height="200" fill="#3f6f63"/></svg>';

/** A web server with one picture, for all tests of a file. */
export class Pictures {
  #server: Server | undefined;
  #origin = "";
  /** What was asked for, and from which page. */
  readonly requests: { path: string; referrer: string | undefined }[] = [];

  constructor() {
    beforeAll(async () => {
      this.#server = createServer((request, response) => {
        this.requests.push({ path: request.url ?? "", referrer: request.headers.referer });
        if (request.url !== "/picture.svg") response.writeHead(404).end();
        else response.setHeader("Content-Type", "image/svg+xml").end(PICTURE);
      });
      await once(this.#server.listen(0, "127.0.0.1"), "listening");
      this.#origin = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    });
    afterAll(() => void this.#server?.close());
  }

  /** The address of the picture, or of one that is not there. */
  address(path: "/picture.svg" | "/gone.png"): string {
    return this.#origin + path;
  }
}
