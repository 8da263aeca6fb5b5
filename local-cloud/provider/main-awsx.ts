/** Entry of the plugin `pulumi-resource-awsx`; components need the SDK's own server, which runs programs. */
import { main } from "@pulumi/pulumi/provider";
import { constructVpc } from "./awsx/vpc";
import { exitWithEngine } from "./exit";
import { AWSX_VERSION } from "./versions";

void main(
  {
    version: AWSX_VERSION,
    construct: async (name, type, inputs, options) => {
      if (type === "awsx:ec2:Vpc") return constructVpc(name, inputs, options);
      throw new Error(`the local provider does not support the component ${type}; supported is awsx:ec2:Vpc`);
    },
  },
  process.argv.slice(2),
);
exitWithEngine();
