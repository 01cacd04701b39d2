import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// Stops a share of instances step by step.
enum InstanceSteps {
    static let arguments: [NativeActivity.Argument] = [
        .init("volume", .integer), .init("step_quantity", .integer), .init("step_duration", .integer),
        .init("az", .text, .null), .init("tags", .any, .null), .init("force", .flag, false),
    ]

    /// `volume` per cent of the running instances that match `tags` and `az`.
    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        guard let share = invocation.argument("volume").doubleValue, share > 0, share <= 100 else {
            throw ExperimentError.failedActivity(
                "volume is \(invocation.argument("volume").pythonText), expected per cent: more than 0 up to 100")
        }
        guard let quantity = invocation.argument("step_quantity").intValue, quantity > 0 else {
            throw ExperimentError.failedActivity(
                "step_quantity is \(invocation.argument("step_quantity").pythonText), expected a number from 1")
        }
        var filters = try tagFilters(invocation.argument("tags"))
        if let zone = invocation.given("az") { filters.append(["Name": "availability-zone", "Values": [zone]]) }
        filters.append(["Name": "instance-state-name", "Values": ["running"]])
        let instances = try await invocation.client(.ec2).items("DescribeInstances", ["Filters": .array(filters)])
            .flatMap(EC2Instance.all(in:))
        guard !instances.isEmpty else {
            throw ExperimentError.failedActivity(
                "No instances in availability zone: \(invocation.argument("az").pythonText)")
        }
        // Rounded as Python does: a half to the even number.
        let count = Int((Double(instances.count) * share / 100).rounded(.toNearestOrEven))
        guard count > 0 else {
            throw ExperimentError.failedActivity(
                "\(invocation.argument("volume").pythonText) percent of "
                    + "\(counted(instances.count, "running instance")) is none")
        }
        let selection = try Selection(.count(count), of: instances, by: \.id, seed: invocation.seed)
        return try selection.chosen.map { try $0.target(invocation, candidates: selection.available) }
    }

    /// Filters of tags that are a dictionary or `k1=v1,k2=v2`; chaosaws sends the dictionary as if it was a filter.
    private static func tagFilters(_ tags: JSONValue) throws(ExperimentError) -> [JSONValue] {
        if let text = tags.stringValue {
            return try InstanceTags.pairs(text).map { filter($0.key, .string($0.value)) }
        }
        return (tags.objectValue ?? [:]).map { filter($0.key, $0.value) }
    }

    private static func filter(_ key: String, _ value: JSONValue) -> JSONValue {
        ["Name": .string("tag:" + key), "Values": [value]]
    }

    @Sendable static func stop(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let quantity = Int(clamping: max(1, invocation.argument("step_quantity").intValue ?? 1))
        let pause = try max(.zero, invocation.seconds("step_duration"))
        let steps = stride(from: 0, to: targets.count, by: quantity).map {
            Array(targets[$0..<min($0 + quantity, targets.count)])
        }
        guard invocation.time.now() + pause * steps.count < invocation.deadline else {
            throw ExperimentError.failedActivity(
                "\(counted(steps.count, "step")) of \(pause.text) do not fit into the time that is left: "
                    + "nothing was stopped"
            )
        }
        let responses = try await forEachInTurn(
            steps, "stopped", name: { $0.map(\.id).joined(separator: ", ") },
            { step in
                let responses = try await EC2Instances.stop(invocation, step).elements
                try await invocation.time.sleep(pause)
                return responses
            })
        return .array(responses.flatMap(\.self))
    }
}
