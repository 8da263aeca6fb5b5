"""Tables of the Glue catalog over S3, for any SQL engine here: catalog, partitions, files, bytes scanned."""
