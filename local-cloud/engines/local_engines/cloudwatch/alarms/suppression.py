"""Whether a composite alarm's actions are held back (CloudWatch user guide, "Alarm suppression").

While the suppressor is in ALARM no action is performed. On its way into ALARM the composite waits up to WaitPeriod for
the suppressor to follow; when the suppressor leaves ALARM, actions stay held back for ExtensionPeriod. After that the
actions of the state in which the composite then is are performed, if nobody was told of that state. Where the guide
leaves it open, the engine is quiet: an ALARM that began and ended while held back gives no message at all.
"""

from __future__ import annotations

from .model import Alarm


def step(alarm: Alarm, suppressor_state: str | None, now: float) -> bool:
    """Brings `alarm.suppression` up to date; whether the actions of the alarm's state are due now."""
    now_on, record = suppressor_state == "ALARM", alarm.suppression
    if record.was_on and not now_on:
        record.off_since = now
    record.was_on = now_on
    if alarm.state.value == record.told:
        record.by = record.reason = ""
        return False
    by, since = _holder(alarm, now)
    if by == "":
        record.told = alarm.state.value
        record.by = record.reason = ""
        return True
    if by != record.by:
        record.by, record.reason, record.since = (
            by,
            f"Actions suppressed by {alarm.settings['ActionsSuppressor']}",
            since,
        )
        if by != "Alarm":
            record.reason = f"Actions suppressed by {by}"
    return False


def _holder(alarm: Alarm, now: float) -> tuple[str, float]:
    """What holds actions back, and since when; empty for nothing."""
    record, settings = alarm.suppression, alarm.settings
    if settings.get("ActionsSuppressor") is None:
        return "", now
    if record.was_on:
        return "Alarm", now
    off, changed = record.off_since, alarm.state.changed
    if off is not None and now < off + settings["ActionsSuppressorExtensionPeriod"]:
        return "ExtensionPeriod", off
    followed = off is not None and off >= changed
    if alarm.state.value == "ALARM" and not followed and now < changed + settings["ActionsSuppressorWaitPeriod"]:
        return "WaitPeriod", changed
    return "", now
