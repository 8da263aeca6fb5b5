import { at, isOn, recordsAt, textAt, textsAt } from "../resource";
import { unless, type Rule } from "../rule";

const WORKGROUP = "aws:redshiftserverless/workgroup:Workgroup";
const NAMESPACE = "aws:redshiftserverless/namespace:Namespace";

/** A serverless warehouse. */
export const REDSHIFT_SERVERLESS_RULES: readonly Rule[] = [
  {
    id: "RedshiftServerless.1",
    aliases: [],
    title: "A workgroup's traffic stays in its network",
    remedy: "Set enhancedVpcRouting.",
    types: [WORKGROUP],
    reads: "resource",
    check: (group) =>
      unless(isOn(group, "enhancedVpcRouting"), "COPY and UNLOAD leave the network, past its security groups"),
  },
  {
    id: "RedshiftServerless.2",
    aliases: [],
    title: "A workgroup refuses connections without TLS",
    remedy: "Set the config parameter require_ssl to true.",
    types: [WORKGROUP],
    reads: "resource",
    check: (group) => {
      const found = recordsAt(group, "configParameters").find((one) => one["parameterKey"] === "require_ssl");
      return unless(String(found?.["parameterValue"]) === "true", "require_ssl is not on");
    },
  },
  {
    id: "RedshiftServerless.3",
    aliases: [],
    title: "A workgroup is not reachable from the internet",
    remedy: "Set publiclyAccessible to false.",
    types: [WORKGROUP],
    reads: "resource",
    check: (group) => unless(!isOn(group, "publiclyAccessible"), "it has a public address"),
  },
  {
    id: "RedshiftServerless.4",
    aliases: [],
    title: "A namespace encrypts by a key of the customer",
    remedy: "Set kmsKeyId to the warehouse's key.",
    types: [NAMESPACE],
    reads: "resource",
    check: (namespace) =>
      unless(textAt(namespace, "kmsKeyId") !== undefined, "it is encrypted by no key of the customer"),
  },
  {
    id: "RedshiftServerless.5",
    aliases: [],
    title: "A namespace's administrator has a name of its own",
    remedy: "Set adminUsername to another than admin, which is AWS's default.",
    types: [NAMESPACE],
    reads: "resource",
    check: (namespace) => {
      const user = at(namespace, "adminUsername");
      return unless(user !== undefined && user !== "admin" && user !== "awsuser", "it has the default name");
    },
  },
  {
    id: "RedshiftServerless.6",
    aliases: [],
    title: "A namespace's connections and users are logged",
    remedy: "Name connectionlog and userlog in logExports.",
    types: [NAMESPACE],
    reads: "resource",
    check: (namespace) => {
      const missing = ["connectionlog", "userlog"].filter((one) => !textsAt(namespace, "logExports").includes(one));
      return unless(missing.length === 0, `${missing.join(" and ")} are not exported`);
    },
  },
];
