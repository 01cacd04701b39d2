import Basics
public import Configuration
public import JSON

/// What ends a run, whatever it is doing: alarms and probes that are asked again and again while it goes on.
///
/// As a mapping:
///
///     alarms: [checkout-errors, "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:latency"]
///     insufficient-data: ignore        # or stop
///     probes: [{name: site, type: probe, tolerance: 200, provider: {…}, frequency: 5}]
///     interval: 10s                    # between two looks at the alarms, and at probes without a frequency
///     failures: 3                      # looks in a row that fail: then the run ends, because nobody watches it
public struct StopConditions: Sendable {
    /// A probe that must hold.
    public struct Probe: Sendable {
        /// When it is asked.
        public enum Timing: Sendable, Hashable {
            /// Once before anything runs; the run waits for it.
            case before
            /// Once, beside the run.
            case once
            /// Again and again, with this pause.
            case every(Duration)
        }

        /// The probe, with its tolerance.
        public let activity: Activity
        /// When it is asked.
        public let timing: Timing

        /// A probe.
        public init(_ activity: Activity, _ timing: Timing) { (self.activity, self.timing) = (activity, timing) }
    }

    /// Names or ARNs of alarms of CloudWatch, metric or composite.
    public var alarms: [String]
    /// The probes.
    public var probes: [Probe]
    /// Whether an alarm without data ends the run.
    public var stopsWithoutData = false
    /// The pause between two looks at the alarms.
    public var interval = Duration.seconds(10)
    /// How many looks in a row may fail.
    public var maximumFailures = 3

    /// Conditions.
    public init(alarms: [String] = [], probes: [Probe] = []) { (self.alarms, self.probes) = (alarms, probes) }

    /// Whether there is nothing to watch.
    public var isEmpty: Bool { alarms.isEmpty && probes.isEmpty }
    /// The names and ARNs of all, as a guard asks for them.
    public var names: [String] { alarms + probes.map(\.activity.name) }

    /// The same conditions, asked less often where there would be more than one look in this time.
    func asked(atMostEvery least: Duration) -> StopConditions {
        var rarer = self
        rarer.interval = max(interval, least)
        rarer.probes = probes.map { probe in
            guard case .every(let pause) = probe.timing else { return probe }
            return Probe(probe.activity, .every(max(pause, least)))
        }
        return rarer
    }

    /// The shortest pause between two looks; nil when nothing is asked again and again.
    var shortestInterval: Duration? {
        let probes = probes.compactMap { if case .every(let pause) = $0.timing { pause } else { nil } }
        return (probes + (alarms.isEmpty ? [] : [interval])).min()
    }

    /// What two sources demand together; the shorter interval counts.
    public func joined(with other: StopConditions) -> StopConditions {
        var both = self
        both.alarms += other.alarms.filter { !alarms.contains($0) }
        both.probes += other.probes
        both.stopsWithoutData = stopsWithoutData || other.stopsWithoutData
        both.interval = min(interval, other.interval)
        both.maximumFailures = min(maximumFailures, other.maximumFailures)
        return both
    }
}

extension StopConditions {
    private enum WithoutData: String, CaseIterable { case ignore, stop }

    /// Reads conditions; faults are noted in the section.
    public init(_ section: ConfigurationSection) {
        self.init(alarms: section.texts("alarms", acceptsOne: true).map(\.text))
        interval = section.duration("interval", default: .seconds(10))
        maximumFailures = section.integer("failures", default: 3, in: 1...1_000)
        stopsWithoutData = section.choice("insufficient-data", default: WithoutData.ignore) == .stop
        for entry in section.list("probes") {
            guard let declaration = entry.value.json.objectValue, declaration["provider"]?.objectValue != nil,
                declaration["tolerance"] != nil
            else {
                section.fault(at: entry, "expected a probe with name, provider and tolerance")
                continue
            }
            var timing = Probe.Timing.every(interval)
            if let pause = Self.frequency(of: declaration) { timing = .every(pause) }
            probes.append(Probe(Activity(declaration: declaration), timing))
        }
        section.close()
    }

    /// The pause between two looks that a probe wants, 0.1 s to 30 days; nil when it has none.
    private static func frequency(of declaration: JSONObject) -> Duration? {
        guard let seconds = declaration["frequency"]?.doubleValue, seconds > 0 else { return nil }
        return .seconds(max(0.1, min(seconds, 30 * 86_400)))
    }

    /// The module of Chaos Toolkit's addon.
    static let safeguards = "chaosaddons.controls.safeguards"

    /// Reads the control `chaosaddons.controls.safeguards` of Chaos Toolkit's addons; nil for another control.
    ///
    /// A probe with `frequency` (seconds) is asked again and again, one with `background` once beside the run, any
    /// other once before it.
    public init?(safeguards control: ControlDeclaration) {
        let provider = control.declaration["provider"]
        guard provider?["module"]?.stringValue == Self.safeguards else { return nil }
        self.init()
        for declaration in (provider?["arguments"]?["probes"]?.arrayValue ?? []).compactMap(\.objectValue) {
            let timing: Probe.Timing
            if let pause = Self.frequency(of: declaration) {
                timing = .every(pause)
            } else {
                timing = declaration["background"] == true ? .once : .before
            }
            probes.append(Probe(Activity(declaration: declaration), timing))
        }
    }

    /// All safeguards among controls; nil when there are none.
    public init?(safeguards controls: [ControlDeclaration]) {
        let found = controls.compactMap { StopConditions(safeguards: $0) }
        guard let first = found.first else { return nil }
        self = found.dropFirst().reduce(first) { $0.joined(with: $1) }
    }
}

/// Why a run ends before its end.
public struct StopReason: Sendable, Hashable {
    /// What has ended it.
    public enum Kind: String, Sendable {
        /// An alarm is in the state ALARM, or has no data.
        case alarm
        /// A probe is outside of its tolerance.
        case probe
        /// Nobody can tell any more whether the run may go on.
        case blind
        /// The lever that ends all runs.
        case lever
        /// A person has stopped this run.
        case command
        /// A lock or the ledger's lease was lost to another process.
        case lost
        /// The guard's longest time is over.
        case duration
        /// An approval was denied, or nobody gave it in time.
        case approval
    }

    /// What has ended it.
    public let kind: Kind
    /// The alarm, the probe, or who pulled the lever.
    public let name: String
    /// Why, for people.
    public let message: String

    /// A reason.
    public init(_ kind: Kind, _ name: String, _ message: String) {
        (self.kind, self.name, self.message) = (kind, name, message)
    }

    /// `{"kind", "name", "reason"}`, as a journal has it under `interruption`.
    public var json: JSONValue {
        ["kind": .string(kind.rawValue), "name": .string(name), "reason": .string(message)]
    }

    /// Reads what ``json`` has written; nil for anything else.
    init?(_ json: JSONValue) {
        guard let kind = json["kind"]?.stringValue.flatMap(Kind.init), let message = json["reason"]?.stringValue
        else { return nil }
        self.init(kind, json["name"]?.stringValue ?? "", message)
    }
}
