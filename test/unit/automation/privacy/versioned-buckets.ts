import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";

interface Stored {
  /** `bucket/key` */
  name: string;
  versionId: string;
  body?: string;
  modified: Date;
}

/** Versioned buckets in memory; a version without a body is a delete marker. */
export class VersionedBuckets {
  readonly client = new S3Client({ region: "eu-west-1" });
  /** Oldest first. */
  private stored: Stored[] = [];
  private next = 1;

  constructor() {
    const mock = mockClient(this.client);
    mock.on(PutObjectCommand).callsFake(({ Bucket, Key, Body }: { Bucket: string; Key: string; Body: string }) => {
      this.put(`${Bucket}/${Key}`, Body);
      return {};
    });
    mock.on(GetObjectCommand).callsFake(({ Bucket, Key }: { Bucket: string; Key: string }) => {
      const body = this.latest(`${Bucket}/${Key}`)?.body;
      if (body === undefined) throw new NoSuchKey({ message: "no", $metadata: {} });
      return { Body: { transformToString: () => Promise.resolve(body) } };
    });
    mock.on(DeleteObjectsCommand).callsFake((input: { Bucket: string; Delete: { Objects: object[] } }) => {
      for (const { Key, VersionId } of input.Delete.Objects as { Key: string; VersionId: string }[]) {
        const name = `${input.Bucket}/${Key}`;
        this.stored = this.stored.filter((one) => one.name !== name || one.versionId !== VersionId);
      }
      return {};
    });
    // One version a page, so that every reader has to turn pages.
    mock
      .on(ListObjectVersionsCommand)
      .callsFake(
        ({ Bucket, Prefix, VersionIdMarker }: { Bucket: string; Prefix: string; VersionIdMarker?: string }) => {
          const all = this.stored.filter(({ name }) => name.startsWith(`${Bucket}/${Prefix}`));
          const start =
            VersionIdMarker === undefined ? 0 : all.findIndex((one) => one.versionId === VersionIdMarker) + 1;
          const one = all[start];
          if (one === undefined) return { IsTruncated: false };
          const entry = {
            Key: one.name.slice(Bucket.length + 1),
            VersionId: one.versionId,
            IsLatest: this.latest(one.name) === one,
            LastModified: one.modified,
            Size: one.body?.length ?? 0,
          };
          return {
            [one.body === undefined ? "DeleteMarkers" : "Versions"]: [entry],
            IsTruncated: start + 1 < all.length,
            NextKeyMarker: entry.Key,
            NextVersionIdMarker: one.versionId,
          };
        },
      );
  }

  put(name: string, body: string | undefined, modified = new Date()): void {
    const stored = { name, versionId: `v${String(this.next++)}`, modified };
    this.stored.push(body === undefined ? stored : { ...stored, body });
  }

  /** Deletes an object as S3 does: a marker hides it. */
  remove(name: string): void {
    this.put(name, undefined);
  }

  clear(): void {
    this.stored = [];
  }

  /** Names of objects that can be read. */
  keys(prefix: string): string[] {
    const names = new Set(this.stored.map(({ name }) => name));
    return [...names].filter((name) => name.startsWith(prefix) && this.latest(name)?.body !== undefined).sort();
  }

  /** `name version` of everything that is stored. */
  versions(prefix: string): string[] {
    return this.stored.filter(({ name }) => name.startsWith(prefix)).map(({ name, body }) => `${name} ${body ?? "-"}`);
  }

  json(name: string): unknown {
    return JSON.parse(this.latest(name)?.body ?? "null");
  }

  private latest(name: string): Stored | undefined {
    return this.stored.findLast((one) => one.name === name);
  }
}
