import Basics
import Experiments
import JSON
import Kubernetes
import RegularExpressions

/// The logs of pods, as the probes of `chaosk8s.pod` read and search them.
enum PodLogs {
    /// The most that is kept of all logs: a journal has them in it.
    private static let maximumBytes = 4 << 20
    /// Stands for what is not kept.
    private static let cut = "[cut: no more than 4 MB are kept of the logs of all pods]\n"

    static func read(_ invocation: NativeActivity.Invocation) async throws -> JSONValue {
        let since = try since(invocation)
        let pods = try await invocation.objects(.pods, labels: invocation.formatted("label_selector"))
        let cluster = try await invocation.cluster()
        var logs: JSONObject = [:]
        var rest = maximumBytes
        for pod in pods {
            guard rest > 0 else {
                logs[pod.objectName] = .string(cut)
                continue
            }
            let options = PodLogOptions(
                container: invocation.given("container_name")?.stringValue,
                isPrevious: invocation.argument("from_previous").isTruthy, sinceSeconds: since, hasTimestamps: true,
                maximumBytes: rest)
            let log = try await cluster.logs(
                pod.objectName, in: invocation.namespace, options, until: invocation.deadline)
            rest -= log.utf8.count
            logs[pod.objectName] = .string(rest > 0 ? log : log + "\n" + cut)
        }
        return .object(logs)
    }

    /// How old the lines may be: `10 minutes`, `1 hour and 30 minutes ago`, `90s`, or a number of seconds.
    private static func since(_ invocation: NativeActivity.Invocation) throws(ExperimentError) -> Int? {
        guard let value = invocation.given("last") else { return nil }
        let words = value.pythonText.lowercased().split(separator: " ").map(String.init)
        let text = words.filter { !["ago", "and", "last"].contains($0) }.map { units[$0] ?? $0 }.joined()
        guard let duration = Duration(text: text, bareUnit: .seconds(1)), duration > .zero else {
            throw .failedActivity("last: \(value) is no length of time, expected one such as 10 minutes, 90s or 1h30m")
        }
        return max(1, Int(duration.components.seconds))
    }

    private static let units: [String: String] = [
        "second": "s", "seconds": "s", "sec": "s", "secs": "s", "minute": "m", "minutes": "m", "min": "m", "mins": "m",
        "hour": "h", "hours": "h", "hr": "h", "hrs": "h", "day": "d", "days": "d", "week": "w", "weeks": "w",
    ]

    /// Searches the logs that `read` gave for a regular expression.
    static func find(_ invocation: NativeActivity.Invocation) throws -> JSONValue {
        guard let logs = invocation.given("value")?.objectValue else {
            throw ExperimentError.failedActivity("no logs to search from")
        }
        let pattern: RegularExpression
        do throws(RegularExpressionError) {
            pattern = try RegularExpression(invocation.argument("pattern").stringValue ?? "")
        } catch {
            throw ExperimentError(python: "re.error", "pattern: \(error)")
        }
        var found = 0
        for (_, log) in logs where try pattern.search([UInt8]((log.stringValue ?? "").utf8)[...]) { found += 1 }
        return .bool(invocation.argument("all_containers").isTruthy ? found == logs.count : found > 0)
    }
}
