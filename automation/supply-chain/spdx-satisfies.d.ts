declare module "spdx-satisfies" {
  /** Whether an SPDX expression is met by a list of licences. @throws Error for what is no expression */
  export default function satisfies(expression: string, allowed: string[]): boolean;
}
