import Basics
import CloudWatchAlarms
import Console
import LocalCloud
import LocalHistory
import Notifier
import ServiceHistory
import StatusPages
import UptimeChecker

/// A service of the system, as the console shows it.
struct UpService: Sendable {
    /// `group/name` of an endpoint, the name of a test: as metrics and the table have it.
    let name: String
    let key: ServiceKey
    /// The address, or the command without its secrets.
    let target: String?
    let objective: Double?
    /// From one check or test to the next.
    let interval: Duration
    /// The longest check or test; nil for no limit.
    let timeout: Duration?

    /// What the console shows of it.
    func entry(
        _ history: ServiceHistory, latest: MeasuredResult?, isInMaintenance: Bool, at now: Timestamp
    ) -> ServiceEntry {
        let recent = history.points.suffix(Self.recentPoints).compactMap(\.maximumSeconds)
        let validity = validity(longest: max(recent.max() ?? 0, latest?.seconds ?? 0))
        let isKnown = latest.map { isCurrent($0.time, at: now, validity) } ?? false
        let state: ServiceState =
            isInMaintenance ? .maintenance : !isKnown ? .unknown : latest?.succeeded == true ? .up : .down
        return ServiceEntry(
            history: history, state: state, lastResult: latest?.time, lastSeconds: latest?.seconds, target: target,
            certificateDays: latest?.certificateDays.map { Int($0.rounded(.down)) })
    }

    /// How many of the newest points of a history tell how long a test takes.
    private static let recentPoints = 20
    /// The longest time that a test is taken to last, in seconds.
    private static let longestTest = 86_400.0
    /// How far ahead a result's time may be: the clock may have been set back a little.
    private static let lead = Duration.seconds(60)

    /// How long the newest result says how the service is: three intervals and the longest check, because a result may
    /// be missed now and then.
    ///
    /// A test without a timeout may last twice as long as the longest one that was seen.
    /// - Parameter longest: in seconds.
    func validity(longest: Double) -> Duration {
        let check = timeout ?? .seconds(2 * min(max(0, longest), Self.longestTest))
        return max(.seconds(30), interval * 3 + check)
    }

    /// Whether a result of a time says how the service is.
    func isCurrent(_ time: Timestamp, at now: Timestamp, _ validity: Duration) -> Bool {
        time <= now + Self.lead && now - time < validity
    }
}

extension UpSystem {
    /// All that is checked and tested.
    var services: [UpService] {
        (checks?.entries ?? []).map { entry in
            UpService(
                name: entry.displayName, key: ServiceKey(.check, group: entry.group, name: entry.name),
                target: entry.isExternal ? "pushed to …/\(entry.key)/external" : entry.url, objective: nil,
                interval: entry.interval, timeout: entry.timeout)
        }
            + tests.map { test in
                UpService(
                    name: test.service, key: ServiceKey(.test, group: test.groups.first, name: test.service),
                    target: SecretMask.masked(command: test.command), objective: test.target,
                    interval: .seconds(test.delay), timeout: test.timeout)
            }
    }
}

extension Alarm {
    /// The services that the alarm's metrics are of, as metrics name them; empty for other metrics.
    var services: Set<String> {
        guard case .metric(let condition) = condition else { return [] }
        switch condition.data {
        case .metric(let statistic): return Set([statistic.service].compactMap(\.self))
        case .queries(let queries):
            return Set(
                queries.compactMap { query in
                    if case .metric(let statistic, _) = query.source { statistic.service } else { nil }
                })
        }
    }

    /// What is compared with what, for people: `Average of success < 0.7 for 10 s`.
    var conditionText: String {
        switch condition {
        case .metric(let condition):
            let period: Int?
            let what: String
            switch condition.data {
            case .metric(let statistic):
                (what, period) = ("\(statistic.statistic) of \(statistic.metric)", statistic.period)
            case .queries(let queries):
                let compared = queries.first(where: \.returnsData) ?? queries.first
                if case .expression(let text, let length)? = compared?.source {
                    (what, period) = (text, length)
                } else {
                    (what, period) = (compared?.id ?? "", nil)
                }
            }
            let threshold =
                switch condition.threshold {
                case .value(let comparison, let value): "\(comparison.sign) \(value.plainText)"
                case .band: "outside of its band"
                }
            let span = period.map { " for \(Duration.seconds($0 * condition.evaluationPeriods).text)" } ?? ""
            let share =
                condition.datapointsToAlarm == condition.evaluationPeriods
                ? "" : " in \(condition.datapointsToAlarm) of \(condition.evaluationPeriods) periods"
            return "\(what) \(threshold)\(span)\(share)"
        case .promQL(let condition): return condition.query
        case .composite(let condition): return condition.rule.description
        case .log(let condition): return condition.query
        }
    }
}

extension MetricStatistic {
    /// The service that the metric is of, as its dimensions name it; nil for another metric.
    fileprivate var service: String? {
        switch namespace {
        case "Monitoring/Uptime":
            dimensions["name"].map { name in dimensions["group"].map { "\($0)/\(name)" } ?? name }
        case "SLA-Monitor": dimensions["Service"]
        default: nil
        }
    }
}
