import path from "node:path";
import { format, resolveConfig } from "prettier";
import { policyPage } from "../policy/page";
import { PROJECT_ROOT } from "./stack/workspace";

/** Where the page of the security rules is. */
export const pageFile = path.join(PROJECT_ROOT, "docs", "policy.md");

/** The page as the file holds it. */
export async function pageText(): Promise<string> {
  return format(policyPage(), { ...(await resolveConfig(pageFile)), parser: "markdown" });
}
