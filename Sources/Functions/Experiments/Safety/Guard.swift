public import Basics
import TimeZones

/// What experiments may do, in a file that people other than the authors of experiments keep.
///
/// Without a guard there are no limits. With one, whatever it does not name is refused, and so is what it asks about
/// and nobody knows: the account of unknown credentials, the tags of a target that has none. The keys of the file, of
/// which only `activities` is required:
///
///     activities:
///       allow: [chaosaws.*.probes.*, chaosaws.ec2.actions.stop_instances]   # module.function, * and ?
///       deny: ["*.terminate_*"]                 # wins over allow
///       background: false                       # whether activities may run beside others
///       maximum: 20                             # activities of the method, the rollbacks and the hypothesis together
///       approval: [chaosaws.ec2.actions.*]      # wait until a person has approved them
///     processes: {allow: [kubectl], shell: false}   # the path as the experiment has it; without this key none
///     http: {allow: ["*.example.org", "127.0.0.1:8080"]}   # hosts, or host:port; without this key none
///     accounts: ["123456789012"]
///     regions: [eu-central-1, global]           # global: targets that have no region
///     targets:
///       require-tags: {chaos: allowed}          # each of them; values with * and ?
///       refuse-tags: {protected: "*"}           # any of them
///       untagged: refuse                        # or allow: under refuse-tags, those without any known tag
///       maximum: 3                              # of one activity
///       maximum-percent: 20                     # of those that the activity could have chosen from
///       without-targets: [chaosaws.cloudwatch.actions.put_metric_data]   # actions that may hit nothing nameable
///     hours: [{start: "09:00", duration: 8h, every: [Monday, Tuesday], timezone: Europe/Berlin}]
///     maximum-duration: 1h
///     stop-conditions: ["checkout-*"]           # each must be watched: names of alarms or probes, * and ?
public struct Guard: Sendable {
    /// A key of the file: what it says, and where, for messages.
    struct Rule<Value: Sendable>: Sendable {
        let value: Value
        /// `targets.maximum`.
        let path: String
        /// nil for a guard that is in no file.
        let line: Int?
    }

    /// A pattern with its text, for messages.
    struct Pattern: Sendable {
        let text: String
        private let glob: Glob

        init(_ text: String) { (self.text, glob) = (text, Glob(text)) }

        func matches(_ text: String) -> Bool { glob.matches(text) }
    }

    /// A tag's name, and the form of its value.
    struct Tag: Sendable {
        let name: String
        let value: Pattern
    }

    /// Which activities.
    struct Activities: Sendable {
        var allow: Rule<[Pattern]>
        var deny: Rule<[Pattern]>?
        var background: Rule<Bool>
        var maximum: Rule<Int>?
        var approval: Rule<[Pattern]>?
    }

    /// Which targets.
    struct Targets: Sendable {
        var requiredTags: Rule<[Tag]>?
        var refusedTags: Rule<[Tag]>?
        var allowsUntagged: Rule<Bool>
        var maximum: Rule<Int>?
        var maximumPercent: Rule<Double>?
        var withoutTargets: Rule<[Pattern]>
    }

    /// Where the guard was read from, for messages.
    public let source: String
    let activities: Activities
    /// The paths of programs; nil when none may run.
    let processes: Rule<[Pattern]>?
    let allowsShell: Rule<Bool>
    /// The hosts of HTTP requests; nil when none may be sent.
    let http: Rule<[Pattern]>?
    let accounts: Rule<[String]>?
    let regions: Rule<[String]>?
    let targets: Targets
    let hours: Rule<[WeeklyWindow]>?
    let duration: Rule<Duration>?
    let stopConditions: Rule<[Pattern]>?

    /// The longest time of a run, its rollbacks excepted; nil without a limit.
    public var maximumDuration: Duration? { duration?.value }
    /// Whether the account of the credentials must be found out.
    var asksForAccount: Bool { accounts != nil }

    /// A refusal under one of the rules.
    func refusal<Value>(_ rule: Rule<Value>, _ message: String) -> GuardRefusal {
        GuardRefusal(source: source, rule: rule.path, line: rule.line, message: message)
    }

    /// A refusal of what the file has no key for.
    func refusal(missing path: String, _ message: String) -> GuardRefusal {
        GuardRefusal(source: source, rule: path, line: nil, message: message)
    }
}

/// What a guard refuses, and under which rule.
public struct GuardRefusal: Sendable, Hashable, CustomStringConvertible {
    /// Where the guard was read from.
    public let source: String
    /// The key of the file: `targets.maximum`.
    public let rule: String
    /// Its line; nil for a rule that the file has not.
    public let line: Int?
    /// What is refused, and what would be allowed.
    public let message: String

    /// `guard.yaml, line 7 (regions): the action "stop" would hit …`.
    public var description: String {
        "\(source)" + (line.map { ", line \($0)" } ?? "") + " (\(rule)): \(message)"
    }
}

extension [GuardRefusal] {
    /// All refusals as one error; nil when there are none.
    public var error: ExperimentError? {
        guard !isEmpty else { return nil }
        let title = count == 1 ? "the guard refuses this: " : "the guard refuses this for \(count) reasons:\n"
        return ExperimentError(.refused, title + map(\.description).joined(separator: "\n"))
    }
}

extension [Guard.Pattern] {
    func contains(_ text: String) -> Bool { contains { $0.matches(text) } }

    /// For messages: the patterns, the first ten.
    var listed: String {
        isEmpty
            ? "nothing" : prefix(10).map(\.text).joined(separator: ", ") + (count > 10 ? " and \(count - 10) more" : "")
    }
}
