"""CloudWatch: metrics, alarms that are really evaluated, dashboards."""
