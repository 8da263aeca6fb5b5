"""Under whose rights S3A reads and writes."""

from __future__ import annotations

from ..iam.guard import Credentials


def s3_rights(credentials: Credentials | None) -> dict[str, str]:
    """Settings by which S3A acts under a role; none where the run acts as root, which the environment names.

    A JVM serves runs of several roles, so the role cannot be in its environment.
    """
    if credentials is None:
        return {}
    return {
        "spark.hadoop.fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.TemporaryAWSCredentialsProvider",
        "spark.hadoop.fs.s3a.access.key": credentials.access_key,
        "spark.hadoop.fs.s3a.secret.key": credentials.secret_key,
        "spark.hadoop.fs.s3a.session.token": credentials.session_token,
    }
