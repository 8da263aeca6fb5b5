"""Which actions on which resources a request to an engine is, as AWS's service authorization reference says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .guard import Check

Body = Mapping[str, Any]
#: IAM's name of a service, by X-Amz-Target prefix or by the service that a Query request is signed for.
NAMESPACES = {
    "AWSGlue": "glue",
    "AmazonAthena": "athena",
    "RedshiftData": "redshift-data",
    "RedshiftServerless": "redshift-serverless",
    "GraniteServiceVersion20100801": "cloudwatch",
    "AWSInsightsIndexService": "ce",
    "AWSBudgetServiceGateway": "budgets",
    "redshift": "redshift",
}


class Places:
    """ARNs of one account and region, and what only an engine knows of its resources."""

    def __init__(self, region: str, account: str) -> None:
        self.region, self.account = region, account
        #: Workgroup of an Athena query or of a saved query, by its id; None where there is none.
        self.workgroup_of: Callable[[str], str | None] = lambda identifier: None
        #: aws:userid of who sent a statement to Redshift, by the statement's id; empty for root's.
        self.owner_of: Callable[[str], str] = lambda identifier: ""

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


def checks_of(service: str, operation: str, body: Body, places: Places) -> list[Check]:
    """What the sender must be allowed; every one of them."""
    namespace = NAMESPACES.get(service, service)
    finder = _FINDERS.get(namespace, lambda operation, body, places: ["*"])
    action = f"{namespace}:{operation}"
    if namespace == "budgets":
        action = f"budgets:{'ViewBudget' if operation.startswith(('Describe', 'List')) else 'ModifyBudget'}"
    context = _context(namespace, operation, body, places)
    found = [Check(action, resource, context) for resource in finder(operation, body, places)]
    return found + _of_database_user(namespace, body, places)


def _context(namespace: str, operation: str, body: Body, places: Places) -> dict[str, Any]:
    if namespace == "redshift-data" and body.get("Id"):
        return {"redshift-data:statement-owner-iam-userid": places.owner_of(str(body["Id"]))}
    if namespace == "cloudwatch" and operation == "PutMetricData":
        return {"cloudwatch:namespace": body.get("Namespace")}
    return {}


# Glue


def _glue(operation: str, body: Body, places: Places) -> list[str]:
    job = body.get("JobName") or (body.get("Name") if operation in _JOBS else None)
    if job:
        return [places.arn("glue", f"job/{job}")]
    if operation.endswith(("Trigger", "Connection")) and body.get("Name"):
        kind = "trigger" if operation.endswith("Trigger") else "connection"
        # A connection is part of the catalog.
        return [places.arn("glue", f"{kind}/{body['Name']}")] + (_catalog(places) if kind == "connection" else [])
    if body.get("ResourceArn"):
        return [str(body["ResourceArn"])]
    if operation in _DATABASES:
        database = body.get("Name") or (body.get("DatabaseInput") or {}).get("Name") or "*"
        return [*_catalog(places), places.arn("glue", f"database/{database}")]
    database = body.get("DatabaseName")
    if database is None:
        return ["*"]
    table = body.get("TableName") or body.get("Name") or (body.get("TableInput") or {}).get("Name") or "*"
    return [
        *_catalog(places),
        places.arn("glue", f"database/{database}"),
        places.arn("glue", f"table/{database}/{table}"),
    ]


_JOBS = ("CreateJob", "UpdateJob", "DeleteJob")
_DATABASES = ("GetDatabase", "GetDatabases", "CreateDatabase", "UpdateDatabase", "DeleteDatabase")


def _catalog(places: Places) -> list[str]:
    return [places.arn("glue", "catalog")]


# Athena


def _athena(operation: str, body: Body, places: Places) -> list[str]:
    if body.get("CatalogName") or operation.endswith("DataCatalog"):
        return [places.arn("athena", f"datacatalog/{body.get('CatalogName') or body.get('Name')}")]
    if operation in ("ListWorkGroups", "ListEngineVersions", "ListDataCatalogs"):
        return ["*"]
    if body.get("ResourceARN"):
        return [str(body["ResourceARN"])]
    identifiers = [body[key] for key in ("QueryExecutionId", "NamedQueryId") if body.get(key)]
    identifiers += [*body.get("QueryExecutionIds", ()), *body.get("NamedQueryIds", ())]
    if identifiers:
        # One that does not exist is the engine's to refuse, in a workgroup that the sender must be allowed too.
        groups = {places.workgroup_of(identifier) or "primary" for identifier in identifiers}
    else:
        groups = {body.get("WorkGroup") or (body.get("Name") if "WorkGroup" in operation else None) or "primary"}
    return [places.arn("athena", f"workgroup/{group}") for group in sorted(groups)]


# Redshift


def _redshift(operation: str, body: Body, places: Places) -> list[str]:
    cluster = body.get("ClusterIdentifier")
    listing = operation.startswith("Describe")
    return ["*"] if listing or not cluster else [places.arn("redshift", f"cluster:{cluster}")]


def _serverless(operation: str, body: Body, places: Places) -> list[str]:
    for member, kind in (("workgroupName", "workgroup"), ("namespaceName", "namespace")):
        if body.get(member) and not operation.startswith("List"):
            return [places.arn("redshift-serverless", f"{kind}/{body[member]}")]
    return ["*"]


def _statements(operation: str, body: Body, places: Places) -> list[str]:
    if body.get("ClusterIdentifier"):
        return [places.arn("redshift", f"cluster:{body['ClusterIdentifier']}")]
    if body.get("WorkgroupName"):
        return [places.arn("redshift-serverless", f"workgroup/{body['WorkgroupName']}")]
    return ["*"]


def _of_database_user(namespace: str, body: Body, places: Places) -> list[Check]:
    """The Data API reads the secret, or asks for a password, in its caller's name."""
    if namespace != "redshift-data" or not (body.get("ClusterIdentifier") or body.get("WorkgroupName")):
        return []
    if body.get("SecretArn"):
        return [Check("secretsmanager:GetSecretValue", str(body["SecretArn"]))]
    if body.get("WorkgroupName"):
        return [Check("redshift-serverless:GetCredentials", _statements("", body, places)[0])]
    cluster = body["ClusterIdentifier"]
    if body.get("DbUser"):
        return [Check("redshift:GetClusterCredentials", places.arn("redshift", f"dbuser:{cluster}/{body['DbUser']}"))]
    return [Check("redshift:GetClusterCredentialsWithIAM", places.arn("redshift", f"dbname:{cluster}/*"))]


# The others


def _cloudwatch(operation: str, body: Body, places: Places) -> list[str]:
    names = [body[key] for key in ("AlarmName",) if body.get(key)] + list(body.get("AlarmNames", ()))
    if body.get("DashboardName"):
        return [f"arn:aws:cloudwatch::{places.account}:dashboard/{body['DashboardName']}"]
    if body.get("ResourceARN"):
        return [str(body["ResourceARN"])]
    if names and operation not in ("DescribeAlarms", "DescribeAlarmHistory"):
        return [places.arn("cloudwatch", f"alarm:{name}") for name in names]
    return [places.arn("cloudwatch", "alarm:*")] if operation.startswith("DescribeAlarm") else ["*"]


def _budgets(operation: str, body: Body, places: Places) -> list[str]:
    name = body.get("BudgetName") or (body.get("Budget") or {}).get("BudgetName") or "*"
    return [f"arn:aws:budgets::{places.account}:budget/{name}"]


_FINDERS: dict[str, Callable[[str, Body, Places], list[str]]] = {
    "glue": _glue,
    "athena": _athena,
    "redshift": _redshift,
    "redshift-serverless": _serverless,
    "redshift-data": _statements,
    "cloudwatch": _cloudwatch,
    "budgets": _budgets,
}
