"""Job bookmarks: the jobs keep them as objects in S3; this reads and resets them through Glue's API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from ..errors import AwsError
from .runs import JobRun


def script_name(location: str) -> str:
    """Name of a script without folder, extension and content hash: `s3://b/scripts/job_a-0123456789ab.py` -> job_a."""
    return re.sub(r"-[0-9a-f]{8,64}$", "", location.rsplit("/", 1)[-1].removesuffix(".py"))


class Bookmarks:
    """Entries of jobs whose --state_path names where `<name>.json` is, `<name>` being the script's name.

    Glue keeps bookmarks by job name. Here the object is named after the script, because a job's name holds a random
    suffix and its state must survive the job's replacement.
    """

    def __init__(self, s3: Any) -> None:
        self._s3 = s3

    def entry(self, job: Mapping[str, Any], runs: list[JobRun]) -> dict[str, Any]:
        """JobBookmarkEntry; EntityNotFoundException before the first committed run.

        :param runs: the job's, newest first.
        """
        bucket, key = self._place(job)
        try:
            text = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchBucket", "404"):
                raise self._missing(job) from error
            raise
        done = [run for run in runs if run.state == "SUCCEEDED"]
        entry: dict[str, Any] = {
            "JobName": job["Name"],
            "Version": len(done),
            "Run": len(runs),
            "Attempt": runs[0].attempt if runs else 0,
            "JobBookmark": text,
        }
        if done:
            entry["RunId"] = done[0].id
        if len(done) > 1:
            entry["PreviousRunId"] = done[1].id
        return entry

    def reset(self, job: Mapping[str, Any], runs: list[JobRun]) -> dict[str, Any]:
        """Forgets everything: the next run reads all files again."""
        entry = self.entry(job, runs)
        bucket, key = self._place(job)
        self._s3.delete_object(Bucket=bucket, Key=key)
        return {**entry, "Version": 0, "Run": 0, "Attempt": 0, "JobBookmark": "{}"}

    def _place(self, job: Mapping[str, Any]) -> tuple[str, str]:
        """(bucket, key) of the job's state object."""
        arguments = {**(job.get("DefaultArguments") or {}), **(job.get("NonOverridableArguments") or {})}
        parts = urlsplit(arguments.get("--state_path", ""))
        script = script_name(str((job.get("Command") or {}).get("ScriptLocation", "")))
        if parts.scheme not in ("s3", "s3a") or not parts.netloc or not script:
            raise self._missing(job)
        prefix = parts.path.strip("/")
        return parts.netloc, f"{prefix}/{script}.json" if prefix else f"{script}.json"

    @staticmethod
    def _missing(job: Mapping[str, Any]) -> AwsError:
        return AwsError("EntityNotFoundException", f"Continuation for job {job['Name']} not found")
