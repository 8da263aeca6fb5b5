/** AWS's own API models (the JSON in botocore's data folder): where they are, and which shape an operation takes. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";

/** One shape of a model; `min`/`max` bound a number's value, or the length of anything else. */
export interface Shape {
  readonly type: string;
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly member?: { readonly shape: string };
  readonly key?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly required?: readonly string[];
  readonly enum?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  /** Not to be shown to anybody. */
  readonly sensitive?: boolean;
}

export interface Model {
  readonly operations: Readonly<Record<string, { readonly input?: { readonly shape: string } }>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

/** The interpreter that the tool chain names, else that of the nearest virtual environment above, else any. */
function defaultPython(): string {
  const named = process.env["CLICKSTREAM_PYTHON"];
  if (named !== undefined && named !== "") return named;
  // A plugin's bundle lies in a cache, but its working directory is in the project.
  for (let above = process.cwd(); ; above = dirname(above)) {
    const own = join(above, ".venv", "bin", "python");
    if (existsSync(own)) return own;
    if (dirname(above) === above) return "python3";
  }
}

/** The folder of the models: beside the given interpreter when it is a venv's, else wherever it imports botocore from. */
export function modelFolder(python: string = defaultPython()): string {
  const lib = join(dirname(dirname(python)), "lib");
  const versions = existsSync(lib) ? readdirSync(lib).filter((name) => /^python3\.\d+$/.test(name)) : [];
  for (const version of versions) {
    const folder = join(lib, version, "site-packages", "botocore", "data");
    if (existsSync(folder)) return folder;
  }
  const code = "import botocore, os; print(os.path.join(os.path.dirname(botocore.__file__), 'data'))";
  try {
    return execFileSync(python, ["-c", code], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch (cause) {
    throw new Error(
      `AWS's API models were not found: "${python}" cannot import botocore. Run the project's bootstrap, or set ` +
        "CLICKSTREAM_PYTHON to the interpreter of its virtual environment.",
      { cause },
    );
  }
}

let folder: string | undefined;
const models = new Map<string, Model>();

/** The newest model of a service, by botocore's name of it (`s3`, `logs`, …); parsed once a process. */
export function modelOf(service: string): Model {
  const known = models.get(service);
  if (known !== undefined) return known;
  folder ??= modelFolder();
  const newest = readdirSync(join(folder, service)).sort().at(-1) as string;
  const zipped = readFileSync(join(folder, service, newest, "service-2.json.gz"));
  const model = JSON.parse(gunzipSync(zipped).toString("utf8")) as Model;
  models.set(service, model);
  return model;
}

/** Name of the shape at a path such as `CreateTable.TableInput`: an operation, then members; lists count as their items. */
export function shapeAt(model: Model, path: string): string {
  const [operation, ...members] = path.split(".") as [string, ...string[]];
  let name = model.operations[operation]?.input?.shape;
  for (const member of members) {
    name = name && model.shapes[name]?.members?.[member]?.shape;
    name = (name && model.shapes[name]?.member?.shape) ?? name;
  }
  if (name === undefined) throw new Error(`AWS's model has no "${path}"`);
  return name;
}

/** `value`, which has the shape at `path`, as that much of its operation's input: wrapped in members and lists. */
export function wrapped(model: Model, path: string, value: unknown): Record<string, unknown> {
  const members = path.split(".");
  return members.slice(1).reduceRight<unknown>((inner, member, at) => {
    const owner = shapeOf(model, shapeAt(model, members.slice(0, at + 1).join(".")));
    const list = shapeOf(model, owner.members?.[member]?.shape ?? "").type === "list";
    return { [member]: list ? [inner] : inner };
  }, value) as Record<string, unknown>;
}

/** The shape behind a name; a model that lacks it is broken. */
export function shapeOf(model: Model, name: string): Shape {
  const shape = model.shapes[name];
  if (shape === undefined) throw new Error(`AWS's model has no shape "${name}"`);
  return shape;
}
