/** Entry of the plugin `pulumi-resource-aws`. */
import { INVOKES } from "./invokes";
import { Provider } from "./provider";
import { serve } from "./server";
import { TABLE } from "./table";
import { AWS_VERSION } from "./versions";

serve(new Provider(AWS_VERSION, TABLE, INVOKES));
