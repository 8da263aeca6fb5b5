"""The resources of the Athena API and their operations."""
