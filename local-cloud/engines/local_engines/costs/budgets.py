"""Budgets: kept by the emulator, which never says that anything was spent; that is computed here."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

from botocore.exceptions import ClientError

from ..context import EngineContext
from ..errors import AwsError, UnknownOperation
from .ledger import CostLine, Ledger


class BudgetsService:
    """Answers what shows a budget; every other call goes to the emulator."""

    target_prefix = "AWSBudgetServiceGateway"
    forwards = True

    def __init__(self, context: EngineContext, ledger: Ledger, now: Callable[[], float]) -> None:
        self._emulator = context.client("budgets")
        self._ledger, self._now = ledger, now

    def handle(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        """UnknownOperation for what the emulator answers."""
        if operation == "DescribeBudget":
            answer = self._ask(self._emulator.describe_budget, body)
            return {"Budget": self._with_spend(answer["Budget"])}
        if operation == "DescribeBudgets":
            answer = self._ask(self._emulator.describe_budgets, body)
            budgets = [self._with_spend(budget) for budget in answer.get("Budgets") or ()]
            return {"Budgets": budgets, **({"NextToken": answer["NextToken"]} if answer.get("NextToken") else {})}
        raise UnknownOperation(operation)

    def close(self) -> None:
        """Nothing runs here."""

    def _ask(self, call: Callable[..., dict[str, Any]], body: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return call(**body)
        except ClientError as error:
            found = error.response["Error"]
            status = int(error.response["ResponseMetadata"]["HTTPStatusCode"])
            raise AwsError(found["Code"], found["Message"], status) from error

    def _with_spend(self, budget: dict[str, Any]) -> dict[str, Any]:
        if budget.get("BudgetType") != "COST" or budget.get("TimeUnit") not in ("DAILY", "MONTHLY"):
            return budget
        today = datetime.fromtimestamp(self._now(), timezone.utc).date()
        begin = today if budget["TimeUnit"] == "DAILY" else today.replace(day=1)
        matches = _filter(budget.get("CostFilters") or {})
        lines = self._ledger.lines(begin.isoformat(), (today + timedelta(days=1)).isoformat())
        spent = sum(line.usd for line in lines if matches(line))
        unit = (budget.get("BudgetLimit") or {}).get("Unit", "USD")
        spend = {"ActualSpend": {"Amount": _amount(spent), "Unit": unit}}
        if budget["TimeUnit"] == "MONTHLY":
            spend["ForecastedSpend"] = {"Amount": _amount(_forecast(spent, today)), "Unit": unit}
        return {**budget, "CalculatedSpend": spend}


def _forecast(spent: float, today: date) -> float:
    """The month's cost if its other days cost what the days so far did."""
    return spent / today.day * monthrange(today.year, today.month)[1]


def _filter(filters: Mapping[str, list[str]]) -> Callable[[CostLine], bool]:
    """Any value of each filter. Raises ValidationException for filters that the local target does not know."""
    tests: list[Callable[[CostLine], bool]] = []
    for name, values in filters.items():
        if name == "TagKeyValue":
            pairs = [value.removeprefix("user:").partition("$") for value in values]
            tests.append(lambda line, pairs=pairs: any(line.tags.get(key) == value for key, _, value in pairs))
        elif name == "Service":
            tests.append(lambda line, values=values: line.service in values)
        else:
            message = f"The cost filter {name} is not supported by the local target: it has TagKeyValue and Service"
            raise AwsError("InvalidParameterException", message)
    return lambda line: all(test(line) for test in tests)


def _amount(usd: float) -> str:
    return f"{usd:.10f}".rstrip("0").rstrip(".")
