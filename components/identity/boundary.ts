import type * as pulumi from "@pulumi/pulumi";

/**
 * Options by which every role below a component has a permissions boundary: at most what that policy allows, whatever the
 * role's own say. In one place, so that no role can be forgotten.
 *
 * @param boundaryArn managed policy of the account, made before the stack; undefined: no boundary
 */
export function withBoundary(
  opts: pulumi.ComponentResourceOptions | undefined,
  boundaryArn: string | undefined,
): pulumi.ComponentResourceOptions | undefined {
  if (boundaryArn === undefined) return opts;
  const bound: pulumi.ResourceTransformation = ({ type, props, opts: own }) =>
    type === "aws:iam/role:Role" ? { props: { ...props, permissionsBoundary: boundaryArn }, opts: own } : undefined;
  return { ...opts, transformations: [...(opts?.transformations ?? []), bound] };
}
