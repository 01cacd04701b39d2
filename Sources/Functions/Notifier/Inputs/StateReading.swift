import Basics
import Events
import JSON

/// What a message of any format says about the state of something: `status`, `severity`, `result` and the like.
///
/// Only a whole value of such a member counts. `failed: 0`, `error_count: 3` and a sentence with the word "failed" say
/// nothing, because a false red is as bad as a missed one.
struct StateReading: Sendable {
    /// How bad it is; nil when no member says so.
    private(set) var severity: Severity?
    /// The state in the sender's word, such as `FAILED`; nil when only a severity was found.
    private(set) var word: String?

    /// Reads the members of an object, and those of objects in it that tell about the same thing.
    init(_ object: JSONObject) {
        var members = Members()
        members.collect(object, depth: 0)
        (severity, word) = (members.severity, members.worst?.word)
    }

    /// Reads one word as a state; nil for any other text.
    init?(word: String) {
        guard let meaning = Meaning(word) else { return nil }
        (self.word, severity) = (word, meaning.severity)
    }

    /// Reads a state and, where the sender has one, a level: the level says how bad a state is that is not over.
    init(state: String?, level: Severity?) {
        var members = Members()
        if let state, let meaning = Meaning(state) { members.states = [(meaning, state)] }
        members.levels = level.map { [$0] } ?? []
        (severity, word) = (members.severity, state)
    }
}

/// What a state means for people, the harmless first: of several states, the last one here counts.
private enum Meaning: Int, CaseIterable {
    /// A fault is over, or is not to be looked at any more.
    case recovered
    /// Something went well.
    case succeeded
    /// Something came to its end; how, only another member can tell.
    case finished
    /// Nothing can be said yet.
    case running
    /// Something waits for people; a priority says how urgent it is.
    case open
    /// Somebody should look at it.
    case degraded
    /// It went wrong.
    case failed

    var severity: Severity {
        switch self {
        case .recovered, .succeeded, .finished: .ok
        case .running, .open: .info
        case .degraded: .warning
        case .failed: .critical
        }
    }

    /// The usual words in small letters; several words are joined by `_`.
    private var vocabulary: String {
        switch self {
        case .recovered:
            """
            ok okay resolved recovered recovery closed cleared clear healthy compliant fixed solved up online green \
            restored remediated operational archived suppressed dismissed auto_dismissed muted silenced ignored \
            in_sync not_applicable not_stalled
            """
        case .succeeded: "succeeded success successful passed pass good delivered deployed available no_threats_found"
        case .finished: "completed complete finished done ended end"
        case .running:
            """
            running pending queued in_progress started starting start submitted creating scheduled waiting \
            provisioning updating deleting requested ready runnable processing initializing deploying building \
            skipped neutral normal
            """
        case .open:
            """
            new created open opened reopened active assigned acknowledged investigating info information \
            informational notice
            """
        case .degraded:
            """
            warning warn degraded impaired partial partially_failed partial_failure non_compliant noncompliant \
            not_compliant cancelled canceled stopped stopping stop aborting abandoned suspended paused throttled \
            delayed insufficient_data unknown no_data nodata unstable yellow expiring expired stale rejected denied \
            blocked overdue drifted degraded_performance partial_outage minor_outage action_required stalled \
            unresolved not_ok not_resolved not_healthy not_available not_ready
            """
        case .failed:
            """
            failed failure fail failing error errored fault faulted timed_out timeout aborted crashed dead down \
            unhealthy unreachable offline broken alarm alarming alert alerting firing triggered problem critical \
            fatal emergency severe red fired lost unavailable unsuccessful rolled_back outage major_outage infected \
            breached violated panic exception threats_found startup_failure
            """
        }
    }

    private static let table: [String: Meaning] = {
        var table: [String: Meaning] = [:]
        for meaning in allCases {
            for word in meaning.vocabulary.split(separator: " ") { table[String(word)] = meaning }
        }
        return table
    }()

    /// Longer texts are sentences.
    private static let longest = 50

    /// Reads a state: `TIMED_OUT`, `TimedOut`, `timed-out`, `Execution Failed`, `UPDATE_ROLLBACK_COMPLETE`.
    init?(_ text: String) {
        let text = text.trimmed
        guard !text.isEmpty, text.utf8.count <= Self.longest,
            text.utf8.allSatisfy({ 0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 || "_- ".utf8.contains($0) }),
            text.utf8.count(where: { $0 == UInt8(ascii: " ") }) <= 1
        else { return nil }
        let parts = words(text).lowercased().split(separator: " ").map { String($0) }
        if let meaning = Self.table[parts.joined(separator: "_")] ?? Self.table[parts.joined()] {
            self = meaning
        } else if let meaning = Self.compound(parts) {
            self = meaning
        } else {
            return nil
        }
    }

    /// A state of several words: `CREATE_FAILED`, `UPDATE_IN_PROGRESS`, `TERMINATED_WITH_ERRORS`.
    private static func compound(_ words: [String]) -> Meaning? {
        let negations = ["no", "not", "non", "without", "never", "zero", "free", "off", "over", "disabled"]
        guard words.count > 1, !words.contains(where: negations.contains) else { return nil }
        // `SCALING_DOWN` and `scaled up` tell a direction, `HOST_DOWN` a state.
        let verbs = ["scale", "shut", "cool", "wind", "step", "spin"]
        if let last = words.last, ["up", "down"].contains(last) {
            let before = words[words.count - 2]
            if before.hasSuffix("ing") || before.hasSuffix("ed") || verbs.contains(before) { return nil }
        }
        if words.contains("rollback") { return .failed }
        if let place = words.lastIndex(of: "with") {
            let what = words[(place + 1)...].joined(separator: "_")
            if ["errors", "failures"].contains(what) { return .failed }
            if ["warnings", "issues", "exceptions"].contains(what) { return .degraded }
        }
        if words[0] == "partially" || words[0] == "partial" { return .degraded }
        // The last word decides, with the one before it where both are one state.
        if let meaning = table[words.suffix(2).joined(separator: "_")] ?? table[words[words.count - 1]] {
            return meaning
        }
        // `FAILED_PERMANENTLY` has it first; `ALERT_RULE` and `UP_FOR_RETRY` are no states.
        return ["alert", "alarm", "up", "down"].contains(words[0]) ? nil : table[words[0]]
    }
}

/// The members of an object that tell a state or a severity.
private struct Members {
    var states: [(meaning: Meaning, word: String)] = []
    /// What `severity` says: it is about the message.
    var levels: [Severity] = []
    /// What `priority` and `level` say: about a job, or a line of a log.
    private var hints: [Severity] = []
    private static let maximumDepth = 2

    var worst: (meaning: Meaning, word: String)? { states.max { $0.meaning.rawValue < $1.meaning.rawValue } }

    /// A state that is over ignores the severity, which tells how bad it was; any other is as bad as the sender says.
    var severity: Severity? {
        let level = levels.max()
        guard let worst = worst?.meaning else { return level ?? hints.max() }
        switch worst {
        case .recovered, .succeeded: return .ok
        case .finished:
            // A job of high priority that is done is no fault; a scan that is done and found something grave is one.
            return states.contains { $0.meaning == .recovered } ? .ok : level ?? .ok
        case .running: return max(level ?? .info, .info)
        case .open: return max(level ?? hints.max() ?? .info, .info)
        case .degraded, .failed:
            if let level, level != .ok { return level }
            // `level: info` of a log line does not make a failure harmless.
            return max(worst.severity, hints.max() ?? .ok)
        }
    }

    mutating func collect(_ object: JSONObject, depth: Int) {
        for (key, value) in object {
            let name = key.lettersAndDigits
            switch Self.kind(of: name) {
            case .state: collect(state: value, depth)
            case .level: if let level = Self.level(value) { levels.append(level) }
            case .hint:
                // A number is no level of its own: some count up with the urgency, others down.
                if let word = value.stringValue, Int(word.trimmed) == nil, let level = Severity(word: word) {
                    hints.append(level)
                }
            case .success:
                if let flag = value.boolValue {
                    states.append(flag ? (.succeeded, "succeeded") : (.failed, "failed"))
                }
            case .counts: collect(counts: value)
            case .failure: if let text = value.stringValue?.nonBlank { states.append((.failed, text.cut(50))) }
            case .container:
                // `"event": "down"` of a small monitor.
                if let text = value.stringValue, name == "event" { add(text) }
                if depth < Self.maximumDepth, let inner = value.objectValue { collect(inner, depth: depth + 1) }
            case .other: break
            }
        }
    }

    /// A state, or an object around it such as `{"value": "ALARM"}`.
    private mutating func collect(state value: JSONValue, _ depth: Int) {
        if let object = value.objectValue {
            for key in ["value", "name", "code", "label", "current"] {
                if let text = object[key]?.stringValue { add(text) }
            }
            if depth < Self.maximumDepth { collect(object, depth: depth + 1) }
        } else if let text = value.stringValue {
            add(text)
        }
    }

    private mutating func add(_ text: String) {
        if let meaning = Meaning(text) { states.append((meaning, text.trimmed)) }
    }

    /// How many findings of each severity there are, in the result of a scan.
    private mutating func collect(counts value: JSONValue) {
        for (name, count) in value.objectValue ?? [:] where (count.number ?? 0) > 0 {
            if let level = Severity(word: name), level > .info { levels.append(level) }
        }
    }

    private static func level(_ value: JSONValue) -> Severity? {
        let label = value["label"] ?? value["Label"] ?? value["description"] ?? value["name"] ?? value["value"]
        return (value.text ?? label?.text).flatMap(Severity.init(word:))
    }
}

extension Members {
    /// What a member is about, by its name.
    private enum Kind {
        case state, level, hint, success, failure, counts, container, other
    }

    private static let stateEndings = [
        "status", "state", "result", "outcome", "conclusion", "compliance", "compliancetype", "verdict", "transition",
        "alerttype", "eventtype", "notificationtype", "changetype", "monitorcondition",
    ]
    private static let containers: Set<String> = [
        "detail", "details", "data", "payload", "alert", "incident", "event", "job", "run", "build", "check",
        "pipeline", "workflow", "workflowjob", "checkrun", "checksuite", "deployment", "objectattributes",
        "statusdetails", "execution", "responsecontext", "essentials",
    ]
    /// What was or should be, which says nothing about what is.
    private static let otherTimes = [
        "previous", "prev", "old", "prior", "before", "from", "former", "original", "laststate", "desired", "expected",
        "target", "initial",
    ]

    private static func kind(of name: String) -> Kind {
        switch name {
        case "severity", "severitylabel", "urgency", "criticality": return .level
        case "priority", "level", "loglevel", "alertlevel": return .hint
        // A record of Lambda about an invocation that failed, in a destination or a dead-letter queue.
        case "functionerror": return .failure
        case "success", "succeeded", "passed", "healthy": return .success
        default: break
        }
        if containers.contains(name) { return .container }
        if otherTimes.contains(where: name.hasPrefix) { return .other }
        if name.hasSuffix("severity") { return .level }
        if name.hasSuffix("severitycounts") { return .counts }
        return stateEndings.contains(where: name.hasSuffix) ? .state : .other
    }
}

extension String {
    /// The ASCII letters and digits in small: `build-status`, `buildStatus` and `BUILD_STATUS` are one name.
    fileprivate var lettersAndDigits: String {
        String(decoding: utf8.filter(\.isASCIIAlphanumeric).map(\.asciiLowercased), as: UTF8.self)
    }
}

extension JSONObject {
    /// The name of what a message is about, by the usual members: `jobName`, `stack-name`, `resource`, `service`.
    var resourceName: String? {
        let usual = [
            "name", "resource", "resourcename", "service", "job", "host", "instance", "monitor", "resourceid",
            "instanceid",
            "sourceid", "clusterid", "jobid", "definition",
        ]
        let unsuitable = ["username", "eventname", "metricname", "typename", "filename", "displayname", "classname"]
        var best: (rank: Int, text: String)?
        for (key, value) in self {
            let name = key.lettersAndDigits
            let rank: Int
            if let place = usual.firstIndex(of: name) {
                rank = place
            } else if name.hasSuffix("name"), !unsuitable.contains(name) {
                rank = usual.count
            } else {
                continue
            }
            guard let text = value.stringValue?.nonBlank, text.utf8.count <= 200, rank < best?.rank ?? .max else {
                continue
            }
            best = (rank, text)
        }
        // `"project": {"name": "shop"}`.
        return best?.text ?? lazy.compactMap { $0.value["name"]?.stringValue?.nonBlank?.cut(100) }.first
    }
}
