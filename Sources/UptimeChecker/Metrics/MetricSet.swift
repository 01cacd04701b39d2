/// Which metrics a run writes: `UPTIME_METRICS`, one or more.
enum MetricSet: String, Sendable, CaseIterable {
    /// `uptime` with the dimension `url`, as the function that Tocsin replaces writes it.
    case compatible
    /// `success`, `response-time` and `certificate-days` for each endpoint and region.
    case standard
    /// The standard ones, phases, status, domain, attempts, conditions and maintenance.
    case full
}
