/** Names that Redshift takes. AWS pages: "CreateCluster" (API reference), "Reserved words" (Database Developer Guide). */

const RESERVED = new Set(
  (
    "aes128 aes256 all allowoverwrite analyse analyze and any array as asc authorization az64 backup between binary " +
    "blanksasnull both bytedict bzip2 case cast check collate column connect constraint create credentials cross " +
    "current_date current_time current_timestamp current_user current_user_id default deferrable deflate defrag delta " +
    "delta32k desc disable distinct do else emptyasnull enable encode encrypt encryption end except explicit false for " +
    "foreign freeze from full globaldict256 globaldict64k grant group gzip having identity ignore ilike in initially " +
    "inner intersect interval into is isnull join leading left like limit localtime localtimestamp lun luns lzo lzop " +
    "minus mostly16 mostly32 mostly8 natural new not notnull null nulls off offline offset oid old on only open or " +
    "order outer overlaps parallel partition percent permissions pivot placing primary qualify raw readratio recover " +
    "references rejectlog resort respect restore right select session_user similar snapshot some sysdate system table " +
    "tag tdes text255 text32k then timestamp to top trailing true truncatecolumns type union unique unnest unpivot " +
    "user using verbose wallet when where with without"
  ).split(" "),
);

/** Words that no identifier of Redshift may be. */
export const isReserved = (word: unknown): boolean => RESERVED.has(String(word));

/** 1 to `max` lowercase letters, digits and single hyphens; begins with a letter, ends with none of the hyphens. */
export const isIdentifier = (name: unknown, max: number): boolean =>
  /^[a-z](-?[a-z0-9])*$/.test(String(name)) && String(name).length <= max;

export const isAdminName = (name: unknown): boolean =>
  /^[a-z][a-z0-9_+.@-]{0,127}$/.test(String(name)) && name !== "public" && !isReserved(name);

export const isDatabaseName = (name: unknown): boolean =>
  /^[a-z][a-z0-9_$-]{0,63}$/.test(String(name)) && !isReserved(name);

export const isPassword = (password: unknown): boolean =>
  /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[!-~]{8,64}$/.test(String(password)) && !/['"\\/@]/.test(String(password));

export const isManagedStoragePort = (port: unknown): boolean =>
  (Number(port) >= 5431 && Number(port) <= 5455) || (Number(port) >= 8191 && Number(port) <= 8215);

export const PASSWORD_RULE =
  "must have 8 to 64 printable characters without ' \" \\ / @, among them an uppercase letter, a lowercase letter and a digit";
