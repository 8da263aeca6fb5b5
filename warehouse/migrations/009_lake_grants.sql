-- transaction: none
-- Apart from the other grants, because Redshift takes no grant on an external resource in a transaction block (GRANT).
GRANT USAGE ON SCHEMA lake TO GROUP ${team}_analysts;
GRANT USAGE ON SCHEMA lake TO GROUP ${team}_loaders;
