/** Name of the group of users in SQL: no hyphen, so that it needs no quotes. */
export function groupPrefix(team: string): string {
  return team.toLowerCase().replace(/[^a-z0-9]+/g, "_");
}

/**
 * Workload management as `wlm_json_configuration` wants it: dashboards first, then people, then the rest, all automatic;
 * one query may not use up the day's Spectrum limit alone (management guide, "WLM query monitoring rules").
 * @param spectrumTbPerDay the usage limit that the rule protects
 */
export function workloadManagement(team: string, spectrumTbPerDay: number): string {
  const group = groupPrefix(team);
  const queue = (name: string, userGroups: string[], priority: string, rules: object[] = []) => ({
    name,
    query_group: [],
    user_group: userGroups,
    queue_type: "auto",
    auto_wlm: true,
    priority,
    concurrency_scaling: "off",
    rules,
  });
  const scanned = {
    rule_name: "half_of_the_days_spectrum",
    // In MB, the rule's own unit.
    predicate: [{ metric_name: "spectrum_scan_size_mb", operator: ">", value: (spectrumTbPerDay * 1_000_000) / 2 }],
    action: "abort",
  };
  return JSON.stringify([
    queue("dashboards", [`${group}_bi`], "high"),
    queue("people", [`${group}_analysts`], "normal", [scanned]),
    queue("Default queue", [], "normal"),
    { short_query_queue: true },
  ]);
}
