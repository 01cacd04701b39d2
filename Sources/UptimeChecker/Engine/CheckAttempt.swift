import JSON
import Transport

/// One check of an endpoint, judged by its conditions; small, for the body is gone.
struct CheckAttempt: Sendable {
    var startedAt: Timestamp
    var endedAt: Timestamp
    var isUp: Bool
    var isTimedOut: Bool
    var conditions: [ConditionResult]
    var errors: [String]
    var notes: [String]
    var measurements: CheckResult.Measurements

    /// Judges what was observed.
    ///
    /// Up means that all conditions are met and nothing went wrong; where a condition is about `[CONNECTED]`, having no
    /// connection is not wrong by itself.
    init(_ observation: Observation, of endpoint: Endpoint, startedAt: Timestamp, endedAt: Timestamp) {
        self.startedAt = startedAt
        self.endedAt = endedAt
        conditions = endpoint.conditions.evaluate(observation, showing: endpoint.ui.conditionDisplay)
        if zip(conditions, endpoint.conditions).contains(where: { $0.text != $1.text }) {  // they show values
            conditions = Secrets(of: endpoint, token: observation.token).masked(conditions)
        }
        let toleratesErrors = !observation.isConnected && endpoint.conditions.needs.contains(.connection)
        isUp = conditions.allSatisfy(\.isMet) && (observation.errors.isEmpty || toleratesErrors)
        isTimedOut = observation.isTimedOut
        errors = observation.errors
        notes = observation.notes
        measurements = CheckResult.Measurements(
            isConnected: observation.isConnected, ip: observation.ip, status: observation.status,
            responseTime: observation.responseTime, timings: observation.timings,
            certificateExpiration: observation.certificateExpiration, domainExpiration: observation.domainExpiration
        )
    }
}

extension CheckResult {
    /// A result without an attempt, of a run that ends now.
    init(of endpoint: Endpoint, endedAt: Timestamp) {
        self.init(
            name: endpoint.name, group: endpoint.group, key: endpoint.key, url: endpoint.shownURL,
            labels: endpoint.labels, outcome: .timedOut, startedAt: endedAt
        )
    }

    /// Takes over what the last attempt found, as far as the endpoint's `ui` lets it be seen.
    mutating func take(_ attempt: CheckAttempt, of endpoint: Endpoint) {
        outcome = attempt.isUp ? .up : .down
        attempts += 1
        duration = attempt.endedAt - startedAt
        failedConditionCount = attempt.conditions.count { !$0.isMet }
        conditions = endpoint.ui.hidesConditions ? [] : attempt.conditions
        errors = endpoint.ui.hidesErrors ? [] : attempt.errors.map { endpoint.hiding($0) }
        notes = attempt.notes.map { endpoint.hiding($0) }
        measurements = attempt.measurements
        if endpoint.ui.hidesHostname { measurements?.ip = "" }
    }
}

extension Endpoint {
    /// The URL as results show it.
    fileprivate var shownURL: String? { ui.hidesURL ? nil : hiding(PublicURL.text(url)) }

    /// A text without what `ui` hides, as Gatus does it.
    fileprivate func hiding(_ text: String) -> String {
        var text = text
        if ui.hidesURL { text = text.substituting(url, by: "<redacted>") }
        if ui.hidesHostname { text = text.substituting(target.host, by: "<redacted>") }
        if ui.hidesPort, let port = target.port { text = text.substituting(":\(port)", by: ":<redacted>") }
        return text
    }
}
