"""Redshift of the local target: clusters and workgroups (control), the Data API and its SQL (data, sql)."""
