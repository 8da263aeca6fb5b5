"""Cost Explorer and what Budgets has spent: computed from what ran in this local cloud, at list prices."""
