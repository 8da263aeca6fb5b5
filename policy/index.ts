import { PolicyPack } from "@pulumi/policy";
import { packPolicies } from "./crossguard";

/** `pulumi preview --policy-pack policy`: the pack serves the engine as soon as it is made. */
new PolicyPack("clickstream-security", { policies: packPolicies(new Date().toISOString()) });
