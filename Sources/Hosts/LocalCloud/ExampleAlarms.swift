import AWS
import Basics
import CloudWatchAlarms
import JSON

/// Alarms on what `tocsin up` runs: one for each endpoint and each service that has metrics.
///
/// The periods have ten seconds, so that a fault of five seconds fires an alarm and recovers within half a minute.
public struct ExampleAlarms: Sendable {
    /// A metric that is 1 for a good result and 0 for a bad one.
    private struct Rule: Sendable {
        /// What the alarms' names begin with.
        let prefix: String
        let namespace: String
        let metric: String
        /// The dimensions whose values make the name; a metric without the last one is not of a single thing.
        let names: [String]
        let description: String
    }

    private static let rules = [
        Rule(
            prefix: "check", namespace: "Monitoring/Uptime", metric: "success", names: ["group", "name"],
            description: "Less than 70 % of the checks in ten seconds succeeded."),
        Rule(
            prefix: "sla", namespace: "SLA-Monitor", metric: "integration-sla-success", names: ["Service"],
            description: "Less than 70 % of the tests in ten seconds succeeded."),
    ]

    let cloudWatch: AWSClient
    /// The topic that alarms and recoveries go to.
    let topicARN: String

    /// Looks for new metrics again and again until the task is cancelled, and makes alarms for them.
    /// - Parameter onFailure: called with a line for people about each call that failed.
    public func run(every interval: Duration, onFailure: @Sendable (String) -> Void) async {
        var known: Set<String> = []
        while !Task.isCancelled {
            do {
                try await put(&known)
            } catch {
                if Task.isCancelled { return }
                onFailure("alarms: \(error)")
            }
            try? await Task.sleep(for: interval)
        }
    }

    /// Makes the alarms whose names are not known yet, for the metrics that exist now.
    func put(_ known: inout Set<String>) async throws {
        for alarm in try await alarms() where !known.contains(alarm.name) {
            let request = alarm.request()
            _ = try await cloudWatch.call(request.operation, request.input)
            known.insert(alarm.name)
        }
    }

    private func alarms() async throws -> [Alarm] {
        var alarms: [Alarm] = []
        for rule in Self.rules {
            let pages = cloudWatch.pages(
                "ListMetrics", ["Namespace": .string(rule.namespace), "MetricName": .string(rule.metric)])
            for try await page in pages {
                for metric in page["Metrics"]?.arrayValue ?? [] {
                    if let alarm = alarm(rule, metric.dimensions) { alarms.append(alarm) }
                }
            }
        }
        return alarms
    }

    private func alarm(_ rule: Rule, _ dimensions: [String: String]) -> Alarm? {
        guard let last = rule.names.last, dimensions[last] != nil else { return nil }
        let name = rule.names.compactMap { dimensions[$0] }.joined(separator: "/")
        let statistic = MetricStatistic(
            namespace: rule.namespace, metric: rule.metric, dimensions: dimensions, statistic: "Average", period: 10)
        return Alarm(
            name: "\(rule.prefix)-\(name)", description: rule.description,
            condition: .metric(
                MetricCondition(
                    data: .metric(statistic), threshold: .value(.less, 0.7), missingData: .notBreaching)),
            actions: AlarmActions(alarm: [topicARN], ok: [topicARN]))
    }
}

extension JSONValue {
    /// The dimensions of an element of `ListMetrics`, by name.
    var dimensions: [String: String] {
        let pairs = (self["Dimensions"]?.arrayValue ?? []).compactMap { dimension in
            dimension["Name"]?.stringValue.map { ($0, dimension["Value"]?.stringValue ?? "") }
        }
        return Dictionary(pairs) { $1 }
    }
}
