import AWS
import Basics
import Experiments
import JSON
import Transport

/// Load on a URL, and the probes of its latency.
extension ChaosActivities {
    static var load: [NativeActivity] { loadActions + loadProbes + [alarmState] }

    /// Load ends by itself, and there is nothing to undo.
    private static var loadActions: [NativeActivity] {
        [
            .aws(
                "resiliencyvr.load.actions", "load_generate", .action,
                "Sends HTTP requests to a URL at a rate or with a concurrency, and returns latencies and errors.",
                arguments: [.init("load", .text, .null), .init("count", .any, 100)]
                    + .optional(
                        "url", "method", "headers", "body", "rate", "concurrency", "duration", "timeout", "verify_tls")
            ) { invocation, _ in
                try await measured(LoadPlan(invocation), invocation).output
            },
            .aws(
                "resiliencyvr.load.actions", "load_generate_demo", .action,
                "Sends so many HTTP requests a second to a host, and returns latencies and errors.",
                arguments: [.init("target", .text), .init("intensity", .any), .init("load_duration", .any, 75)]
            ) { invocation, _ in
                let result = try await measured(LoadPlan(demo: invocation), invocation)
                var output = result.output.objectValue ?? [:]
                output["response_time"] = [
                    "avg": result.latencies.mean.milliseconds, "max": result.latencies.maximum.milliseconds,
                    "min": result.latencies.minimum.milliseconds,
                ]
                return .object(output)
            },
        ]
    }

    /// Sends the load, and keeps what it measures for the probes.
    private static func measured(
        _ plan: LoadPlan, _ invocation: NativeActivity.Invocation
    ) async throws -> LoadResult {
        let left = invocation.deadline - invocation.time.now()
        if let least = plan.leastDuration, least >= left {
            throw ExperimentError.failedActivity(
                "the load lasts \(least.text), but the time of the run ends in \(left.text): shorten it")
        }
        // A client of its own, so that the load does not hold up the calls of the run.
        var configuration = HTTPClientConfiguration(environment: invocation.aws.settings.environment)
        configuration.maximumIdleConnections = LoadPlan.maximumOpen
        let http = HTTPClient(loop: invocation.loop, configuration: configuration)
        return try await LoadGenerator(
            plan: plan, http: http, time: invocation.time, deadline: invocation.deadline
        ).run { LoadMeasurements.recent.add(start: $0, latency: $1, hasFailed: $2) }
    }
}
