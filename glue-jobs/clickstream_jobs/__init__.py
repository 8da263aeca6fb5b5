"""DataFrame functions and job services shared by the two Glue jobs; importable from a zip (--extra-py-files)."""
