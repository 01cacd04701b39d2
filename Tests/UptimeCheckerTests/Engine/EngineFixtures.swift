import Basics
import Events
import JSON
import Transport

@testable import UptimeChecker

/// 2026-11-21T03:42:00Z, the time at which runs begin.
let runTime = Timestamp(secondsSinceEpoch: 1_795_232_520.0)

extension Endpoint {
    /// An endpoint with the condition that its status is 200.
    static func sample(_ name: String, group: String? = nil, host: String? = nil, attempts: Int = 1) throws -> Endpoint
    {
        let url = "https://\(host ?? name + ".example.com")/"
        var endpoint = Endpoint(
            name: name, group: group, url: url, target: .http(url: url), conditions: [try Condition("[STATUS] == 200")]
        )
        endpoint.confirmation = Confirmation(attempts: attempts, interval: .seconds(2))
        return endpoint
    }
}

extension Observation {
    /// An answer with a status, after 100 ms.
    static func status(_ status: Int) -> Observation {
        var observation = Observation()
        observation.isConnected = true
        observation.status = status
        observation.ip = "192.0.2.7"
        observation.responseTime = .milliseconds(100)
        return observation
    }

    /// No connection, and why.
    static func failure(_ error: String) -> Observation {
        var observation = Observation()
        observation.errors = [error]
        return observation
    }

    static func notAsked(_ error: String) -> Observation {
        var observation = Observation()
        observation.note(CheckError(.notAsked, error))
        return observation
    }
}

extension CheckResult {
    /// A result for tests of what comes after the checks.
    static func sample(
        _ name: String, _ outcome: Outcome, at time: Timestamp = runTime, inMaintenance: Bool = false
    ) throws -> CheckResult {
        var result = CheckResult(of: try .sample(name, group: "g"), endedAt: time)
        guard outcome != .timedOut else { return result }
        let observation: Observation = outcome == .up ? .status(200) : .status(500)
        let endpoint = try Endpoint.sample(name, group: "g")
        result.take(CheckAttempt(observation, of: endpoint, startedAt: time, endedAt: time), of: endpoint)
        result.isInMaintenance = inMaintenance
        return result
    }
}
