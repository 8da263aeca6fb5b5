/** The packages whose types are served; the engine asks for plugins of exactly these versions. */
import { dependencies } from "../../package.json";

export const AWS_VERSION = dependencies["@pulumi/aws"];
export const AWSX_VERSION = dependencies["@pulumi/awsx"];
