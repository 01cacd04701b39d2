import AWS
import Basics
import Experiments
import JSON

/// Load on the API of EKS: so many callers, each of which describes a cluster again and again.
enum EKSLoad {
    /// Each caller's shortest time from one call to the next: the original calls as fast as it can, which takes the
    /// account's whole quota of calls from all others.
    static let interval = Duration.milliseconds(100)
    /// The most callers at once.
    static let maximumIntensity = 50
    /// The longest load: a day.
    private static let maximumMinutes = 1_440

    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let invocation = invocation.inItsRegion
        let client = try invocation.client(.eks)
        let names: [String]
        if let name = invocation.given("cluster_name")?.stringValue {
            names = [name]
        } else {
            names = try await client.items("ListClusters").compactMap(\.stringValue)
        }
        guard let first = names.first else {
            throw ExperimentError.failedActivity("there is no EKS cluster in \(client.region): nothing to stress")
        }
        return [
            NativeActivity.Target(kind: "eks:cluster", id: first, region: client.region, candidates: names.count)
        ]
    }

    /// The minutes and the number of callers may be numbers or texts: the original fails with a text.
    @Sendable static func run(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let cluster = try firstTarget(of: targets).id
        let callers = try invocation.positiveNumber("intensity")
        let minutes = try invocation.positiveNumber("api_stress_duration")
        guard callers <= maximumIntensity else {
            throw ExperimentError.failedActivity("intensity is \(callers), the most is \(maximumIntensity)")
        }
        guard minutes <= maximumMinutes else {
            throw ExperimentError.failedActivity("api_stress_duration is \(minutes), the most is \(maximumMinutes)")
        }
        let (duration, left) = (Duration.seconds(Int64(minutes) * 60), invocation.deadline - invocation.time.now())
        guard duration < left else {
            throw ExperimentError.failedActivity(
                "a load of \(duration.text) does not fit into the \(left.text) that are left: shorten it")
        }
        let end = invocation.time.now() + duration
        let client = try invocation.inItsRegion.client(.eks)
        let outcomes = try await withThrowingTaskGroup(of: (answered: Int, failure: AWSFailure?).self) { group in
            for _ in 0..<callers {
                group.addTask { try await call(client, cluster, until: end, invocation.time) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        // Refused calls are a part of the load, unless none was answered.
        if outcomes.allSatisfy({ $0.answered == 0 }), let failure = outcomes.compactMap(\.failure).first {
            throw failure
        }
        return true
    }

    private static func call(
        _ client: ActivityClient, _ cluster: String, until end: Timestamp, _ time: TimeSource
    ) async throws -> (answered: Int, failure: AWSFailure?) {
        var (answered, failure): (Int, AWSFailure?) = (0, nil)
        while time.now() < end {
            let next = time.now() + interval
            do {
                _ = try await client.call("DescribeCluster", ["name": .string(cluster)])
                answered += 1
            } catch let error as AWSFailure { failure = error }
            let pause = next - time.now()
            if pause > .zero { try await time.sleep(pause) }
        }
        return (answered, failure)
    }
}
