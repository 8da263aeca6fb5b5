"""Metric and composite alarms: definition, evaluation, suppression, actions."""
