import * as pulumi from "@pulumi/pulumi";

/** Where the trail's table is. */
export interface TrailTableRef {
  database: pulumi.Input<string>;
  table: pulumi.Input<string>;
}

/** Yesterday's folder; a condition on the projected column, so that one folder a region is listed. */
const YESTERDAY = "day = date_format(current_date - interval '1' day, '%Y/%m/%d')";

/** Who read objects of a bucket yesterday, how often, and from where. */
export function readersQuery(
  trail: TrailTableRef,
  region: pulumi.Input<string>,
  bucket: pulumi.Input<string>,
): pulumi.Output<string> {
  return pulumi.interpolate`SELECT coalesce(useridentity.arn, useridentity.invokedby, useridentity.type) AS who,
       sourceipaddress AS from_address, eventname AS call, count(*) AS calls,
       min(eventtime) AS first_call, max(eventtime) AS last_call
FROM ${trail.database}.${trail.table}
WHERE region = '${region}' AND ${YESTERDAY}
  AND eventsource = 's3.amazonaws.com'
  AND eventname IN ('GetObject', 'SelectObjectContent', 'ListObjects', 'CopyObject')
  AND json_extract_scalar(requestparameters, '$.bucketName') = '${bucket}'
GROUP BY 1, 2, 3
ORDER BY calls DESC`;
}

/** What was refused yesterday, in any region: who, what, how often. */
export function refusalsQuery(trail: TrailTableRef): pulumi.Output<string> {
  return pulumi.interpolate`SELECT coalesce(useridentity.arn, useridentity.invokedby, useridentity.type) AS who,
       eventsource AS service, eventname AS call, errorcode AS error, count(*) AS calls,
       min(errormessage) AS message, max(eventtime) AS last_call
FROM ${trail.database}.${trail.table}
WHERE ${YESTERDAY}
  AND (errorcode LIKE '%AccessDenied%' OR errorcode LIKE '%UnauthorizedOperation' OR errorcode = 'Forbidden')
GROUP BY 1, 2, 3, 4
ORDER BY calls DESC`;
}
