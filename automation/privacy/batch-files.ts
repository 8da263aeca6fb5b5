import { NoSuchKey, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { z } from "zod";
import { UserError } from "../errors";
import { placeOf } from "../stack/archive";
import { objectText } from "../stack/object-text";
import type { Subject, SubjectHashes } from "./subject";
import { deleteForGood, versionsBelow } from "./versions";

const requestFile = z.object({
  batch: z.string(),
  subjects: z
    .array(z.object({ request: z.string(), user_id: z.string(), emails: z.array(z.string()), hash: z.string() }))
    .min(1),
});

/** A subject with its request. */
export interface RequestedSubject extends Subject {
  request: string;
  /** Keyed hash of the user id. */
  hash: string;
}

/** An entry of the suppression list, which every silver run reads: what it names never enters silver again. */
export interface Suppression {
  request: string;
  user_hash: string;
  email_hashes: string[];
  /** ISO 8601. */
  since: string;
}

/**
 * The files of erasures below the stack's privacy path. They are encrypted by the silver bucket's key; those with plain
 * ids are deleted with all their versions at the end of their batch.
 */
export class BatchFiles {
  /** @param path `s3://bucket/privacy/` */
  constructor(
    private readonly s3: S3Client,
    private readonly path: string,
  ) {}

  /** `s3://…/requests/<batch>.json`, which the jobs are given. */
  requestUri(batch: string): string {
    return `${this.path}requests/${batch}.json`;
  }

  async writeRequests(batch: string, subjects: readonly RequestedSubject[]): Promise<void> {
    const lines = subjects.map(({ request, userId, emails, hash }) => ({ request, user_id: userId, emails, hash }));
    await this.write(this.requestUri(batch), { batch, subjects: lines });
  }

  /** The subjects of a batch; undefined where the file is gone. @throws UserError where it is no such file */
  async readRequests(batch: string): Promise<RequestedSubject[] | undefined> {
    const found = await this.read(this.requestUri(batch), requestFile);
    return found?.subjects.map(({ request, user_id: userId, emails, hash }) => ({ request, userId, emails, hash }));
  }

  /** Puts a person on the suppression list. */
  async suppress(request: string, { user, emails }: SubjectHashes, since: string): Promise<void> {
    const entry: Suppression = { request, user_hash: user, email_hashes: emails, since };
    await this.write(`${this.path}suppression/${request}.json`, entry);
  }

  /** Takes a person off the suppression list. */
  async allow(request: string): Promise<void> {
    await this.remove(`${this.path}suppression/${request}.json`);
  }

  /** A copy of a certificate beside the ledger. */
  async keepCertificate(seq: number, text: string): Promise<void> {
    await this.put(this.certificateUri(seq), text);
  }

  /** The copy of a certificate; undefined where there is none. */
  async certificate(seq: number): Promise<string | undefined> {
    return this.text(this.certificateUri(seq));
  }

  /** Numbers of the certificates that have a copy. */
  async certificateNumbers(): Promise<number[]> {
    const { Bucket, Key } = placeOf(`${this.path}certificates/`);
    const versions = await versionsBelow(this.s3, Bucket, Key);
    return versions
      .filter(({ latest, marker }) => latest && !marker)
      .map(({ key }) => Number.parseInt(key.slice(Key.length), 10));
  }

  /** What a job found of a batch: dates and raw objects, no ids. @throws UserError where it is no such file */
  async readLocated<T>(batch: string, schema: z.ZodType<T>): Promise<T | undefined> {
    return this.read(`${this.path}located/${batch}.json`, schema);
  }

  /** Deletes what a batch worked with, with all versions. */
  async removeWorkingFiles(batch: string): Promise<void> {
    await this.remove(this.requestUri(batch));
    await this.remove(`${this.path}located/${batch}.json`);
  }

  private certificateUri(seq: number): string {
    return `${this.path}certificates/${String(seq).padStart(10, "0")}.json`;
  }

  private write(uri: string, content: object): Promise<void> {
    return this.put(uri, JSON.stringify(content));
  }

  private async put(uri: string, Body: string): Promise<void> {
    await this.s3.send(new PutObjectCommand({ ...placeOf(uri), Body, ContentType: "application/json" }));
  }

  private async text(uri: string): Promise<string | undefined> {
    try {
      return await objectText(this.s3, placeOf(uri));
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }

  private async read<T>(uri: string, schema: z.ZodType<T>): Promise<T | undefined> {
    const text = await this.text(uri);
    if (text === undefined) return undefined;
    try {
      return schema.parse(JSON.parse(text));
    } catch (cause) {
      const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
      throw new UserError(
        `${uri} is not what an erasure writes there: ${reason}`,
        "Look at who changed it (the access logs say), and give the command with the ids again.",
        { cause },
      );
    }
  }

  private async remove(uri: string): Promise<void> {
    const { Bucket, Key } = placeOf(uri);
    await deleteForGood(this.s3, Bucket, Key);
  }
}
