import Basics
import CloudWatchAlarms
import Console
import LocalCloud
import LocalHistory
import ServiceHistory
import StatusPages
import UptimeChecker

/// A service of the system, as the console shows it.
struct UpService: Sendable {
    /// `group/name` of an endpoint, the name of a test: as metrics and the table have it.
    let name: String
    let key: ServiceKey
    /// The address or the command.
    let target: String?
    let objective: Double?
    /// How long the newest result says how the service is.
    let validity: Duration

    /// What the console shows of it.
    func entry(
        _ history: ServiceHistory, latest: MeasuredResult?, isInMaintenance: Bool, at now: Timestamp
    ) -> ServiceEntry {
        let isKnown = latest.map { now - $0.time < validity } ?? false
        let state: ServiceState =
            isInMaintenance ? .maintenance : !isKnown ? .unknown : latest?.succeeded == true ? .up : .down
        return ServiceEntry(
            history: history, state: state, lastResult: latest?.time, lastSeconds: latest?.seconds, target: target,
            certificateDays: latest?.certificateDays.map { Int($0.rounded(.down)) })
    }
}

extension UpSystem {
    /// All that is checked and tested.
    var services: [UpService] {
        (checks?.entries ?? []).map { entry in
            UpService(
                name: entry.displayName, key: ServiceKey(.check, group: entry.group, name: entry.name),
                target: entry.url, objective: nil, validity: Self.validity(entry.interval, entry.timeout))
        }
            + tests.map { test in
                UpService(
                    name: test.service, key: ServiceKey(.test, group: test.groups.first, name: test.service),
                    target: test.command, objective: test.target,
                    validity: Self.validity(.seconds(test.delay), test.timeout ?? .seconds(600)))
            }
    }

    /// Three intervals and the longest check: a result may be missed now and then.
    private static func validity(_ interval: Duration, _ timeout: Duration) -> Duration {
        max(.seconds(30), interval * 3 + timeout)
    }
}

extension Alarm {
    /// The service that the alarm's metric is of; nil for another metric.
    var service: String? {
        guard case .metric(let condition) = condition, case .metric(let statistic) = condition.data else { return nil }
        switch statistic.namespace {
        case "Monitoring/Uptime":
            return statistic.dimensions["name"].map { name in
                statistic.dimensions["group"].map { "\($0)/\(name)" } ?? name
            }
        case "SLA-Monitor": return statistic.dimensions["Service"]
        default: return nil
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
