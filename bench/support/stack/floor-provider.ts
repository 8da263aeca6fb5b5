/** The provider of the engine's floor: one resource that is there as soon as it is asked for. */
import { main, type Provider } from "@pulumi/pulumi/provider";

const version = "1.0.0";

const provider: Provider = {
  version,
  check: async (_urn, _olds, news: unknown) => ({ inputs: news }),
  diff: async (_id, _urn, olds: unknown, news: unknown) => ({
    changes: JSON.stringify(olds) !== JSON.stringify(news),
  }),
  create: async (urn, inputs: unknown) => ({ id: urn, outs: inputs }),
  update: async (_id, _urn, _olds, news: unknown) => ({ outs: news }),
  delete: async () => undefined,
};

main(provider, process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
