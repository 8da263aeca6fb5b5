/** Where a stack is deployed: the loopback emulator of this project, or an AWS account. */
export const TARGETS = ["local", "aws"] as const;
export type TargetName = (typeof TARGETS)[number];
