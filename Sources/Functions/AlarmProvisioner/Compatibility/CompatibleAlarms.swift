import Basics
import CloudWatchAlarms

/// Collects alarms whose names are given by another tool's scheme, so that no alarm is lost because of its name.
///
/// `PutMetricAlarm` replaces an alarm of the same name without a word: the tools whose files we read keep only the last
/// one, and fail on names of more than 255 characters.
struct CompatibleAlarms {
    private struct Entry {
        var desired: DesiredAlarm
        var place: String
        var tags: [String: String]
    }

    private let options: AlarmOptions
    private var entries: [Entry] = []
    /// What people should know.
    var notices: [RuleNotice] = []

    init(options: AlarmOptions) { self.options = options }

    /// Adds an alarm, which gets the tags that say whose it is and why it exists.
    /// - Parameters:
    ///   - place: where it is asked for: `config.yaml:12`, or a tag of a resource.
    ///   - tags: those of the resource.
    mutating func add(_ desired: DesiredAlarm, place: String, tags: [String: String] = [:]) {
        entries.append(Entry(desired: desired, place: place, tags: tags))
    }

    private func addTags(of entry: Entry, to desired: inout DesiredAlarm) {
        for key in options.copiedTags where !key.hasPrefix("aws:") && desired.alarm.tags[key] == nil {
            desired.alarm.tags[key] = entry.tags[key].map { AlarmTagText.value($0) }
        }
        desired.alarm.tags[AlarmOptions.ownerTag] = options.owner
        desired.alarm.tags[AlarmOptions.ruleTag] = AlarmTagText.value(desired.reason.rule)
        desired.alarm.tags[AlarmOptions.originTag] = AlarmTagText.value(desired.reason.origin.place)
        desired.alarm.tags[AlarmOptions.resourceTag] = desired.reason.resource.map { AlarmTagText.value($0) }
    }

    /// Adds something that people should know.
    mutating func note(_ level: RuleNotice.Level, _ text: String) { notices.append(RuleNotice(level, text)) }

    private struct Name: Hashable {
        var scope: AlarmScope
        var text: String

        init(_ desired: DesiredAlarm) { (scope, text) = (desired.scope, desired.alarm.name) }
    }

    /// The alarms under names of their own, in the order in which they were added.
    func finished() -> DesiredAlarms {
        var result = DesiredAlarms(notices: notices)
        var taken = Set(entries.map { Name($0.desired) })
        let last = Dictionary(entries.indices.map { (Name(entries[$0].desired), $0) }) { max($0, $1) }
        var renamed: Set<DesiredAlarm> = []
        for (index, entry) in entries.enumerated() {
            var desired = entry.desired
            if let winner = last[Name(desired)], winner != index {
                let other = entries[winner]
                // Their reasons may differ.
                let isTheSame = other.desired.alarm == desired.alarm
                guard !isTheSame, renamed.insert(desired).inserted else {
                    result.notices.append(RuleNotice(.warning, Self.repetition(of: entry, other)))
                    continue
                }
                desired.alarm.name = Self.freeName(for: desired, &taken)
                result.notices.append(RuleNotice(.warning, Self.collision(of: entry, other, desired.alarm.name)))
            }
            let valid = AlarmName.valid(desired.alarm.name)
            if valid.utf16.count < desired.alarm.name.utf16.count {
                result.notices.append(
                    RuleNotice(
                        .warning,
                        "\(entry.place): the alarm's name has more than \(AlarmName.limit) characters and is cut to "
                            + valid))
            }
            desired.alarm.name = valid
            addTags(of: entry, to: &desired)
            result.alarms.append(desired)
        }
        return result
    }

    private static func repetition(of entry: Entry, _ other: Entry) -> String {
        "\(entry.place): the alarm \(entry.desired.alarm.name) is asked for twice, in \(other.place), too: remove one"
    }

    private static func collision(of entry: Entry, _ other: Entry, _ name: String) -> String {
        "\(entry.place) and \(other.place) ask for different alarms with one name, \(entry.desired.alarm.name), of "
            + "which CloudWatch would keep the last: that of \(entry.place) is named \(name) instead"
    }

    /// A name that says how the alarm differs, or at least one that is the same in each run.
    private static func freeName(for desired: DesiredAlarm, _ taken: inout Set<Name>) -> String {
        let alarm = desired.alarm
        var free = Name(desired)
        if case .metric(let condition) = alarm.condition, case .value(let comparison, let value) = condition.threshold {
            free.text += "-\(comparison.rawValue)-\(thresholdText(value))"
        }
        if taken.insert(free).inserted { return free.text }
        // Not `hashValue`, which is another one in each process.
        let settings = settings(of: alarm) + (desired.reason.resource ?? "")
        free.text = "\(alarm.name)-\(Digest.sha256Hex(settings).prefix(8))"
        taken.insert(free)
        return free.text
    }

    private static func settings(of alarm: Alarm) -> String {
        guard case .metric(let condition) = alarm.condition else { return alarm.description }
        let dimensions: [String: String]
        var data = ""
        switch condition.data {
        case .metric(let metric):
            dimensions = metric.dimensions
            data = "\(metric.namespace) \(metric.metric) \(metric.statistic) \(metric.period)"
        case .queries: (dimensions, data) = ([:], alarm.description)
        }
        let sorted = dimensions.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return ([data, "\(condition.threshold)", "\(condition.evaluationPeriods)"] + sorted).joined(separator: "\n")
    }

    /// `85` for 85.0, `0.5`.
    static func thresholdText(_ value: Double) -> String {
        Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }
}

/// What both forms check in the same way.
enum CompatibleText {
    /// The statistics that are no percentiles or trimmed means.
    static let simpleStatistics = ["Average", "Sum", "Minimum", "Maximum", "SampleCount"]

    /// Whether CloudWatch has a period of so many seconds.
    static func isPeriod(_ seconds: Int) -> Bool { [10, 20, 30].contains(seconds) || seconds > 0 && seconds % 60 == 0 }

    /// `did you mean GreaterThanThreshold?`, or all that there are.
    static func operatorAdvice(for text: String, among operators: [String]) -> String {
        var usual = text
        for (other, word) in [("MoreThan", "GreaterThan"), ("LowerThan", "LessThan"), ("FewerThan", "LessThan")] {
            usual = usual.replacingBytes(other, with: word)
        }
        return operators.nearest(to: usual).map { "did you mean \($0)?" }
            ?? "expected one of \(operators.joined(separator: ", "))"
    }
}
