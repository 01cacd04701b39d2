import AWS
import AlarmProvisioner
import Basics
import CloudWatchAlarms
import JSON
import Transport

/// The alarms of `tocsin up`: those of the user's rules, or one for each endpoint and each service that has metrics.
///
/// The alarm provisioner makes them.
struct UpAlarms: Sendable {
    /// A metric that is 1 for a good result and 0 for a bad one.
    private struct Kind: Sendable {
        /// What rules and alarms are named after.
        let name: String
        let namespace: String
        let metric: String
        /// The dimensions whose values make an alarm's name; a metric without the last one is not of a single thing.
        let names: [String]
        let description: String
    }

    private static let kinds = [
        Kind(
            name: "check", namespace: "Monitoring/Uptime", metric: "success", names: ["group", "name"],
            description: "Less than 70 % of the checks in ten seconds succeeded."),
        Kind(
            name: "sla", namespace: "SLA-Monitor", metric: "integration-sla-success", names: ["Service"],
            description: "Less than 70 % of the tests in ten seconds succeeded."),
    ]

    /// What leads to the local AWS.
    private let environment: [String: String]
    private let loop: EventLoop
    private let cloudWatch: AWSClient
    /// The dimensions of each metric that has its alarm, by kind.
    private var known: [String: Set<[String: String]>] = [:]
    /// The sets of dimensions' names, by kind, in the order in which they came, which names the rules.
    ///
    /// CloudWatch knows a metric only by all of its dimensions, and endpoints with labels have more than others: each
    /// set needs a rule of its own.
    private var shapes: [String: [Set<String>]] = [:]
    /// The user's rules that the alarms are made of; nil before the first plan.
    private var knownRules: [UpSystem.RulesFile]?
    /// What was told about rules, so that nothing is told twice.
    private var told: Set<String> = []
    /// Where the user's rules are written for the provisioner.
    private let folder: String

    /// - Parameters:
    ///   - environment: what leads to the local AWS.
    ///   - topicARN: the topic that alarms and recoveries go to.
    ///   - folder: an empty one, for copies of the user's rules.
    init(environment: [String: String], topicARN: String, folder: String = "/nonexistent", loop: EventLoop) throws {
        // Alarms whose rule is gone go at once: nothing is lost on this machine.
        let own = [
            "TOPIC_ARN": topicARN, "ALARM_AUTO_TAGS": "false", "ALARM_OWNER": "tocsin", "ALARM_GRACE": "0",
            "ALARM_MAX_DELETED_PERCENT": "100",
        ]
        self.environment = environment.merging(own) { $1 }
        (self.loop, self.folder) = (loop, folder)
        cloudWatch = try AWSClient(
            .cloudWatch, configuration: AWSConfiguration(environment: environment, loop: loop))
    }

    /// Provisions again and again, until the task is cancelled.
    /// - Parameters:
    ///   - rules: asked in each round for the user's rules.
    ///   - onRules: called with the rules that made alarms, by the alarms' names.
    ///   - note: called with a line for people about alarms that were made, and about failures.
    static func run(
        environment: [String: String], topicARN: String, folder: String, every interval: Duration,
        rules: @escaping @Sendable () -> [UpSystem.RulesFile],
        onRules: @escaping @Sendable ([String: String]) -> Void, note: @escaping @Sendable (String) -> Void
    ) async {
        do {
            let loop = try EventLoop.onOwnThread()
            defer { loop.stop() }
            try await withTaskExecutorPreference(loop) {
                var alarms = try UpAlarms(environment: environment, topicARN: topicARN, folder: folder, loop: loop)
                while !Task.isCancelled {
                    do {
                        for line in try await alarms.provision(rules(), onRules) { note("alarms: \(line)") }
                    } catch {
                        if Task.isCancelled { return }
                        note("alarms: \(error)")
                    }
                    try? await Task.sleep(for: interval)
                }
            }
        } catch {
            note("alarms: \(error)")
        }
    }

    /// Makes the alarms of metrics and rules that are new; without such nothing is planned.
    /// - Returns: lines for people.
    mutating func provision(
        _ files: [UpSystem.RulesFile] = [], _ onRules: ([String: String]) -> Void = { _ in }
    ) async throws -> [String] {
        let found = try await series()
        guard found != known || files != knownRules ?? [] else { return [] }
        for kind in Self.kinds {
            let names = Set((found[kind.name] ?? []).map { Set($0.keys) }).subtracting(shapes[kind.name] ?? [])
            shapes[kind.name, default: []] += names.sorted { $0.sorted().lexicographicallyPrecedes($1.sorted()) }
        }
        let provisioner = try Provisioner(environment: environment.merging(try variables(files)) { $1 }, loop: loop)
        let plan = try await provisioner.plan(deadline: nil) { _ in }
        let outcome = try await provisioner.apply(plan, deadline: nil) { _ in }
        let failures = outcome.results.compactMap { result in
            result.failure.map { "\(result.step.name): \($0)" }
        }
        // What failed is planned again in the next round.
        if outcome.isComplete, plan.incomplete.isEmpty { (known, knownRules) = (found, files) }
        let names = plan.steps.compactMap(\.ruleOfAlarm).map { ($0.alarm, shown($0.rule, files)) }
        onRules(Dictionary(names) { $1 })
        let done = outcome.results.filter { $0.failure == nil }
        let counts = [
            (done.count(where: \.step.isNew), "made"), (done.count(where: \.step.isUpdate), "changed"),
            (done.count(where: \.step.isDeletion), "deleted"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        let notices = plan.notices.map(\.text) + plan.incomplete.map(\.reason) + failures
        return (counts.isEmpty ? [] : [counts.joined(separator: ", ")])
            + notices.map { shown($0, files) }.filter { told.insert($0).inserted }
    }

    // MARK: The user's rules

    /// What leads the provisioner to the rules: the user's, or those for all metrics.
    private func variables(_ files: [UpSystem.RulesFile]) throws -> [String: String] {
        guard !files.isEmpty else { return ["ALARM_RULES_TEXT": rules.description, "ALARM_CATALOGUE": "false"] }
        for (index, file) in files.enumerated() {
            try replaceFile(path(index), with: file.bytes, draft: path(index) + ".new")
        }
        return ["ALARM_RULES": files.indices.map(path).joined(separator: ",")]
    }

    /// Where a copy is: the provisioner reads what was found to be without faults.
    private func path(_ index: Int) -> String { "\(folder)/rules-\(index).yaml" }

    /// A text with the user's names of the files.
    private func shown(_ text: String, _ files: [UpSystem.RulesFile]) -> String {
        files.enumerated().reduce(text) { text, file in text.replacingBytes(path(file.offset), with: file.element.name)
        }
    }

    /// The dimensions of each metric that there is, by kind.
    private func series() async throws -> [String: Set<[String: String]>] {
        var series: [String: Set<[String: String]>] = [:]
        for kind in Self.kinds {
            let pages = cloudWatch.pages(
                "ListMetrics", ["Namespace": .string(kind.namespace), "MetricName": .string(kind.metric)])
            for try await page in pages {
                for metric in page["Metrics"]?.arrayValue ?? [] {
                    let dimensions = metric.dimensions
                    guard let last = kind.names.last, dimensions[last] != nil else { continue }
                    series[kind.name, default: []].insert(dimensions)
                }
            }
        }
        return series
    }

    /// A rules file with a rule for each set of dimensions.
    ///
    /// Periods have ten seconds, so that a fault of five seconds fires an alarm and recovers within half a minute.
    /// Where a period has no result the state stays: a service that is tested every minute has not recovered between.
    private var rules: JSONValue {
        let rules = Self.kinds.flatMap { kind in
            (shapes[kind.name] ?? []).enumerated().map { index, dimensions -> JSONValue in
                let name = kind.names.filter(dimensions.contains).map { "{dimension:\($0)}" }.joined(separator: "/")
                return [
                    "name": .string(index == 0 ? kind.name : "\(kind.name)-\(index + 1)"), "for": "metric",
                    "namespace": .string(kind.namespace), "metric": .string(kind.metric), "stat": "Average",
                    "dimensions": .object(Self.all(dimensions)),
                    "threshold": "< 0.7", "period": "10s", "missing": "ignore",
                    "alarm-name": .string("\(kind.name)-\(name)"), "description": .string(kind.description),
                ]
            }
        }
        return ["rules": .array(rules)]
    }

    /// Any value of these dimensions.
    private static func all(_ names: Set<String>) -> JSONObject {
        names.sorted().reduce(into: [:]) { $0[$1] = "*" }
    }
}

extension AlarmPlanStep {
    fileprivate var isNew: Bool { if case .create = change { true } else { false } }

    fileprivate var isUpdate: Bool { if case .update = change { true } else { false } }

    fileprivate var isDeletion: Bool { if case .delete = change { true } else { false } }

    /// The alarm that the step makes or changes, and the rule behind it.
    fileprivate var ruleOfAlarm: (alarm: String, rule: String)? {
        switch change {
        case .create(let desired), .update(let desired, _, _):
            (desired.alarm.name, "\(desired.reason.rule) (\(desired.reason.origin))")
        default: nil
        }
    }
}

extension JSONValue {
    /// The dimensions of an element of `ListMetrics`, by name.
    fileprivate var dimensions: [String: String] {
        let pairs = (self["Dimensions"]?.arrayValue ?? []).compactMap { dimension in
            dimension["Name"]?.stringValue.map { ($0, dimension["Value"]?.stringValue ?? "") }
        }
        return Dictionary(pairs) { $1 }
    }
}
