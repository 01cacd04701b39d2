import Basics
import Events
import JSON

/// What is kept of an endpoint from run to run.
///
/// Nothing is kept of one that has always been up, unless it is an external one.
struct EndpointState: Sendable, Hashable {
    /// The state that was published last.
    var state = UptimeChange.State.up
    /// When it began: the first failed check, or the first good one after an outage; 0 when it has not been down yet.
    var since = Timestamp(microseconds: 0)
    /// How many runs in a row found the opposite state.
    var oppositeRuns = 0
    /// The start of the first of them.
    var oppositeSince = Timestamp(microseconds: 0)
    /// The conditions that failed when the outage began.
    var failedConditions: [String] = []
    /// The errors of the check that began the outage.
    var errors: [String] = []
    /// Of an external endpoint: when its newest result was pushed, or the first one was first waited for.
    var heardAt: Timestamp?
}

extension EndpointState {
    /// How long the end of an outage is kept, so that a slow run from before it cannot report the outage again.
    static let retention = Duration.seconds(86_400)
    /// How many conditions and errors are kept, and how many bytes of each.
    private static let maximumTexts = 10
    private static let maximumTextBytes = 300

    /// The state after a result.
    /// - Returns: what to keep from now on, `nil` for nothing, and the change to publish, if there is one.
    static func next(
        _ known: EndpointState?, _ result: CheckResult, _ thresholds: Thresholds, region: String
    ) -> (state: EndpointState?, change: UptimeChange?) {
        switch result.external {
        case nil: return judged(known, result, thresholds, region: region)
        case .missing(let interval):
            // Pushed since the run has looked.
            if let heardAt = known?.heardAt, heardAt + interval >= result.startedAt { return (known, nil) }
            return judged(known, result, thresholds, region: region)
        case .pushed:
            // A later push has overtaken it.
            if let heardAt = known?.heardAt, heardAt > result.startedAt { return (known, nil) }
            let (state, change) = judged(known, result, thresholds, region: region)
            var next = state ?? EndpointState()
            next.heardAt = result.startedAt
            return (next, change)
        }
    }

    private static func judged(
        _ known: EndpointState?, _ result: CheckResult, _ thresholds: Thresholds, region: String
    ) -> (state: EndpointState?, change: UptimeChange?) {
        // Without an attempt, or without room for its body, nothing was found out. In maintenance nothing changes; a
        // difference is published after it.
        // A result from before the state began comes from a slow run, which a later run has overtaken.
        if result.attempts == 0 || result.foundNothing || result.isInMaintenance { return (known, nil) }
        if let known, known.since > result.startedAt { return (known, nil) }
        var next = known ?? EndpointState()
        let seen: UptimeChange.State = result.isUp ? .up : .down
        guard seen != next.state else {
            (next.oppositeRuns, next.oppositeSince) = (0, Timestamp(microseconds: 0))
            let isForgotten = seen == .up && result.startedAt - next.since > retention
            return (isForgotten ? nil : next, nil)
        }
        if next.oppositeRuns == 0 { next.oppositeSince = result.startedAt }
        next.oppositeRuns += 1
        guard next.oppositeRuns >= (seen == .down ? thresholds.failures : thresholds.successes) else {
            return (next, nil)
        }
        if seen == .down {
            next.failedConditions = bounded(result.failedConditions)
            next.errors = bounded(result.errors)
        }
        let outageStart = seen == .down ? next.oppositeSince : next.since
        let change = UptimeChange(
            // The start of an outage is its own: receivers drop a change whose id they know, for two weeks and longer.
            id: changeID(result.key, seen, outageStart), state: seen,
            endpoint: .init(name: result.name, group: result.group, url: result.url),
            since: outageStart, at: result.startedAt + result.duration,
            failedConditions: next.failedConditions, errors: next.errors, region: region
        )
        next.state = seen
        next.since = next.oppositeSince
        (next.oppositeRuns, next.oppositeSince) = (0, Timestamp(microseconds: 0))
        if seen == .up { (next.failedConditions, next.errors) = ([], []) }
        return (next, change)
    }

    /// The state that says when an outage began, to be saved before the outage is published.
    ///
    /// A run that has to publish it again finds the same start there, and so makes the same id.
    /// - Returns: `nil` when the stored state says it already.
    static func announcement(_ known: EndpointState?, of change: UptimeChange) -> EndpointState? {
        guard change.state == .down, known?.oppositeRuns ?? 0 == 0 else { return nil }
        var announced = known ?? EndpointState()
        (announced.oppositeRuns, announced.oppositeSince) = (1, change.since)
        return announced
    }

    /// The key of the endpoint that a change is about.
    static func key(of change: UptimeChange) -> String {
        Endpoint.key(group: change.endpoint.group, name: change.endpoint.name)
    }

    fileprivate static func changeID(_ key: String, _ state: UptimeChange.State, _ outageStart: Timestamp) -> String {
        "\(key):\(state.rawValue):\(outageStart.microseconds)"
    }

    private static func bounded(_ texts: [String]) -> [String] {
        texts.prefix(maximumTexts).map { text in
            guard text.utf8.count > maximumTextBytes else { return text }
            return String(decoding: text.utf8.prefix(maximumTextBytes - 3), as: UTF8.self) + "…"
        }
    }
}

extension UptimeChange {
    /// The end of this outage.
    func ended(at now: Timestamp) -> UptimeChange {
        var end = self
        (end.state, end.at, end.id) = (.up, now, EndpointState.changeID(EndpointState.key(of: self), .up, since))
        return end
    }
}

extension EndpointState {
    /// The stored form: `{"state":"down","since":µs,"runs"?:n,"runsSince"?:µs,"conditions"?:[…],"errors"?:[…],
    /// "heard"?:µs}`.
    var json: JSONValue {
        var object: JSONObject = ["state": .string(state.rawValue), "since": .integer(since.microseconds)]
        if oppositeRuns > 0 {
            object["runs"] = .init(oppositeRuns)
            object["runsSince"] = .integer(oppositeSince.microseconds)
        }
        if !failedConditions.isEmpty { object["conditions"] = .array(failedConditions.map { .string($0) }) }
        if !errors.isEmpty { object["errors"] = .array(errors.map { .string($0) }) }
        object["heard"] = heardAt.map { .integer($0.microseconds) }
        return .object(object)
    }

    /// Reads the stored form; `nil` for any other value.
    init?(_ value: JSONValue) {
        guard let name = value["state"]?.stringValue, let state = UptimeChange.State(rawValue: name),
            let since = value["since"]?.intValue
        else { return nil }
        self.init(
            state: state, since: Timestamp(microseconds: since), oppositeRuns: Int(value["runs"]?.intValue ?? 0),
            oppositeSince: Timestamp(microseconds: value["runsSince"]?.intValue ?? 0),
            failedConditions: value["conditions"]?.arrayValue?.compactMap(\.stringValue) ?? [],
            errors: value["errors"]?.arrayValue?.compactMap(\.stringValue) ?? [],
            heardAt: value["heard"]?.intValue.map { Timestamp(microseconds: $0) }
        )
    }
}
