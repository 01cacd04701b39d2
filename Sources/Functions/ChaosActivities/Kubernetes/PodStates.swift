import Basics
import Experiments
import JSON
import Kubernetes

/// What the probes of `chaosk8s.pod` find out from the states of pods.
enum PodStates {
    @Sendable static func inPhase(_ invocation: NativeActivity.Invocation) async throws -> JSONValue {
        let (selector, phase) = (invocation.argument("label_selector").pythonText, invocation.argument("phase"))
        let pods = try await pods(invocation)
        guard !pods.isEmpty else { return try none(invocation, "raise_on_invalid_phase") }
        for pod in pods where self.phase(pod) != phase {
            return try invocation.fails(
                "raise_on_invalid_phase",
                "pod '\(selector)' is in phase '\(self.phase(pod).pythonText)' but should be '\(phase.pythonText)'")
        }
        return true
    }

    @Sendable static func notInPhase(_ invocation: NativeActivity.Invocation) async throws -> JSONValue {
        let (selector, phase) = (invocation.argument("label_selector").pythonText, invocation.argument("phase"))
        let pods = try await pods(invocation)
        guard !pods.isEmpty else { return try none(invocation, "raise_on_in_phase") }
        for pod in pods where self.phase(pod) == phase {
            return try invocation.fails(
                "raise_on_in_phase", "pod '\(selector)' should not be in phase '\(phase.pythonText)'")
        }
        return true
    }

    /// A pod without conditions, such as one that is not scheduled yet, has none of them; chaosk8s fails on it.
    @Sendable static func inConditions(_ invocation: NativeActivity.Invocation) async throws -> JSONValue {
        let pods = try await pods(invocation)
        guard !pods.isEmpty else { return try none(invocation, "raise_on_invalid_conditions") }
        for pod in pods {
            let conditions: [JSONValue] = (pod["status"]?["conditions"]?.elements ?? []).map {
                ["type": $0["type"] ?? .null, "status": $0["status"] ?? .null]
            }
            for condition in invocation.argument("conditions").elements where !conditions.contains(condition) {
                return try invocation.fails(
                    "raise_on_invalid_conditions",
                    "pod \(pod.objectName) does not match the following given condition: \(condition.pythonText)")
            }
        }
        return true
    }

    @Sendable static func count(_ invocation: NativeActivity.Invocation) async throws -> JSONValue {
        let pods = try await pods(invocation)
        guard let phase = invocation.given("phase") else { return JSONValue(pods.count) }
        return JSONValue(pods.filter { self.phase($0) == phase }.count)
    }

    @Sendable static func countIsAtLeast(_ invocation: NativeActivity.Invocation) async throws -> JSONValue {
        let count = try await count(invocation).intValue ?? 0
        return .bool(Double(count) >= invocation.argument("min_count").doubleValue ?? 2)
    }

    @Sendable static func isNotAvailable(_ invocation: NativeActivity.Invocation) async throws -> JSONValue {
        let pods = try await invocation.objects(.pods, labels: invocation.formatted("label_selector"))
        guard pods.contains(where: { phase($0) == "Running" }) else { return true }
        return try invocation.fails(
            "raise_on_is_available", "pod '\(invocation.argument("name").pythonText)' is actually running")
    }

    @Sendable static func allHealthy(_ invocation: NativeActivity.Invocation) async throws -> JSONValue {
        let pods = try await invocation.objects(.pods)
        let isHealthy = pods.allSatisfy { ["Running", "Succeeded"].contains(phase($0).stringValue) }
        return isHealthy ? true : try invocation.fails("raise_on_any_unhealthy", "the system is unhealthy")
    }

    private static func pods(_ invocation: NativeActivity.Invocation) async throws -> [JSONValue] {
        try await invocation.objects(.pods, labels: invocation.given("label_selector")?.stringValue)
    }

    private static func phase(_ pod: JSONValue) -> JSONValue { pod["status"]?["phase"] ?? .null }

    private static func none(_ invocation: NativeActivity.Invocation, _ flag: String) throws -> JSONValue {
        try invocation.fails(flag, "no pods '\(invocation.argument("label_selector").pythonText)' were found")
    }
}

extension NativeActivity.Invocation {
    /// Ends a probe whose expectation is not met: fails when the flag says so, else returns false.
    func fails(_ flag: String, _ message: String) throws -> JSONValue {
        if argument(flag).isTruthy { throw ExperimentError.failedActivity(message) }
        return false
    }
}
