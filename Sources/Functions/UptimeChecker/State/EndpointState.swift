import Basics
import Events
import JSON

/// What is remembered of an endpoint from run to run; of one that has always been up, nothing.
struct EndpointState: Sendable, Hashable {
    /// The state that was told last.
    var state = UptimeChange.State.up
    /// Since when: the first failed check, or the first good one after an outage; 0 when it has not been down yet.
    var since = Timestamp(microseconds: 0)
    /// How many runs in a row found the opposite.
    var contraryRuns = 0
    /// The start of the first of them.
    var contrarySince = Timestamp(microseconds: 0)
    /// The conditions that failed when the outage began.
    var failedConditions: [String] = []
    /// What went wrong then.
    var errors: [String] = []
}

extension EndpointState {
    /// How long an endpoint that is up again is remembered, so that no two outages close to one another look alike.
    static let memory = Duration.seconds(86_400)
    /// The most conditions and errors that are kept, and of each the most bytes.
    static let maximumTexts = 10
    static let maximumTextBytes = 300

    /// What a result makes of what was known.
    /// - Returns: what to remember from now on, `nil` for nothing, and the change to tell, if there is one.
    static func next(
        _ known: EndpointState?, _ result: CheckResult, _ thresholds: Thresholds, region: String
    ) -> (state: EndpointState?, change: UptimeChange?) {
        // No attempt, no evidence. In maintenance nothing changes; what is different afterwards is told then. A result
        // from before the state began comes from a run that was overtaken by another.
        if result.attempts == 0 || result.isInMaintenance { return (known, nil) }
        if let known, known.since > result.startedAt { return (known, nil) }
        var next = known ?? EndpointState()
        let seen: UptimeChange.State = result.isUp ? .up : .down
        guard seen != next.state else {
            (next.contraryRuns, next.contrarySince) = (0, Timestamp(microseconds: 0))
            let isForgotten = seen == .up && result.startedAt - next.since > memory
            return (isForgotten ? nil : next, nil)
        }
        if next.contraryRuns == 0 { next.contrarySince = result.startedAt }
        next.contraryRuns += 1
        guard next.contraryRuns >= (seen == .down ? thresholds.failures : thresholds.successes) else {
            return (next, nil)
        }
        if seen == .down {
            next.failedConditions = bounded(result.failedConditions)
            next.errors = bounded(result.errors)
        }
        let change = UptimeChange(
            // The same until the change has been saved, in whichever run it is told.
            id: "\(result.key):\(seen.rawValue):\(next.since.microseconds)", state: seen,
            endpoint: .init(name: result.name, group: result.group, url: result.url),
            since: seen == .down ? next.contrarySince : next.since, at: result.startedAt + result.duration,
            failedConditions: next.failedConditions, errors: next.errors, region: region
        )
        next.state = seen
        next.since = next.contrarySince
        (next.contraryRuns, next.contrarySince) = (0, Timestamp(microseconds: 0))
        if seen == .up { (next.failedConditions, next.errors) = ([], []) }
        return (next, change)
    }

    private static func bounded(_ texts: [String]) -> [String] {
        texts.prefix(maximumTexts).map { text in
            guard text.utf8.count > maximumTextBytes else { return text }
            return String(decoding: text.utf8.prefix(maximumTextBytes - 3), as: UTF8.self) + "…"
        }
    }
}

extension EndpointState {
    /// As it is stored: `{"state":"down","since":µs,"runs":n,"runsSince":µs,"conditions":[…],"errors":[…]}`, what is zero
    /// or empty left out.
    var json: JSONValue {
        var object: JSONObject = ["state": .string(state.rawValue), "since": .integer(since.microseconds)]
        if contraryRuns > 0 {
            object["runs"] = .init(contraryRuns)
            object["runsSince"] = .integer(contrarySince.microseconds)
        }
        if !failedConditions.isEmpty { object["conditions"] = .array(failedConditions.map { .string($0) }) }
        if !errors.isEmpty { object["errors"] = .array(errors.map { .string($0) }) }
        return .object(object)
    }

    /// `nil` when the value is nothing of the kind.
    init?(_ value: JSONValue) {
        guard let name = value["state"]?.stringValue, let state = UptimeChange.State(rawValue: name),
            let since = value["since"]?.intValue
        else { return nil }
        self.init(
            state: state, since: Timestamp(microseconds: since), contraryRuns: Int(value["runs"]?.intValue ?? 0),
            contrarySince: Timestamp(microseconds: value["runsSince"]?.intValue ?? 0),
            failedConditions: value["conditions"]?.arrayValue?.compactMap(\.stringValue) ?? [],
            errors: value["errors"]?.arrayValue?.compactMap(\.stringValue) ?? []
        )
    }
}
