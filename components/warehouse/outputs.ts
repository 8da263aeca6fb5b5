import * as pulumi from "@pulumi/pulumi";
import type { PipelineOutputs } from "../types";
import { reservationAdvice } from "./reservation";
import { withWarehouseDefaults, type WarehouseSettings } from "./settings";
import type { Warehouse } from "./warehouse";

/** Athena serves everything. */
export const NO_WAREHOUSE: WarehouseSettings = { mode: "none" };

type WarehouseOutputs = Pick<PipelineOutputs, Extract<keyof PipelineOutputs, `warehouse${string}`>>;

/** Outputs of a stack about its warehouse; the same names in every mode, so that scripts need not ask first. */
export function warehouseOutputs(settings: WarehouseSettings, warehouse: Warehouse | undefined): WarehouseOutputs {
  const nothing = pulumi.output("");
  return {
    warehouseKind: pulumi.output(warehouse?.ref.kind ?? "none"),
    warehouseName: warehouse?.ref.name ?? nothing,
    warehouseDatabase: pulumi.output(warehouse?.ref.database ?? ""),
    warehouseSecretArn: warehouse?.ref.secretArn ?? nothing,
    warehouseLoader: warehouse?.loaderFunction ?? nothing,
    warehouseLoaderDlqUrl: warehouse?.loaderDlqUrl ?? nothing,
    warehouseReservation: pulumi.output(reservationAdvice(withWarehouseDefaults(settings))),
  };
}
