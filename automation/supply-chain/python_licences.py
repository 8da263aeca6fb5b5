"""Prints what each package of this environment says of its licence, as JSON."""

import json
from importlib.metadata import distributions

CLASSIFIER = "License :: "

packages = {}
for one in distributions():
    about = one.metadata
    lines = about.get_all("Classifier") or []
    packages[about["Name"].lower()] = {
        "name": about["Name"],
        "version": one.version,
        "expression": about.get("License-Expression"),
        "classifiers": [
            line.split(" :: ")[-1] for line in lines if line.startswith(CLASSIFIER) and line.count(" :: ") > 1
        ],
        "text": about.get("License"),
    }
print(json.dumps(list(packages.values())))
