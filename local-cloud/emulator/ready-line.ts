import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import * as path from "node:path";

import { z } from "zod";

import { LOCAL_SERVICES, type LocalEndpoints } from "./environment";

const loopback = z.url({ protocol: /^http$/, hostname: /^(127\.0\.0\.1|localhost|\[::1\])$/ });

const readyLine = z.object({
  ready: z.literal(true),
  pid: z.number().int().positive(),
  endpoints: z.record(z.enum(LOCAL_SERVICES), loopback),
});

/** The endpoints in the engines' one ready line; undefined for any other line. */
export function parseReady(line: string): LocalEndpoints | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return readyLine.parse(JSON.parse(line)).endpoints;
  } catch {
    return undefined;
  }
}

/** Cuts a stream of text into lines. */
export class LineBuffer {
  private rest = "";

  constructor(private readonly onLine: (line: string) => void) {}

  push(text: string): void {
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.onLine(line.trimEnd());
  }
}

/** Keeps the last lines only: a chatty child must not fill the driver's memory. */
export class Tail {
  private readonly lines: string[] = [];

  constructor(private readonly limit: number) {}

  push(line: string): void {
    this.lines.push(line);
    if (this.lines.length > this.limit) this.lines.shift();
  }

  get text(): string {
    return this.lines.join("\n");
  }
}

/** A file that a child writes and we read; readable through its descriptor even after the child deleted its folder. */
export class OutputFile {
  readonly fd: number;

  constructor(folder: string, name: string) {
    this.fd = openSync(path.join(folder, name), "w+", 0o600);
  }

  lines(): string[] {
    const bytes = Buffer.alloc(fstatSync(this.fd).size);
    readSync(this.fd, bytes, 0, bytes.length, 0);
    return bytes.toString("utf8").split("\n");
  }

  close(): void {
    closeSync(this.fd);
  }
}
