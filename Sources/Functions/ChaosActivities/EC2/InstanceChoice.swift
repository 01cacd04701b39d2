import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// Which instances an EC2 action hits, as its arguments say: ids, or all or one of those that match filters.
enum InstanceChoice {
    static let ofOne = "instance_id, or one at random of those that match az and filters"
    static let ofMany = "instance_ids, or all that match az and filters"

    /// What is done, for messages.
    enum Action: Sendable {
        case stop, terminate, start, restart
    }

    /// The instance that `instance_id` names, or a random one of those that match `az` and `filters`.
    @Sendable static func one(
        _ action: Action, _ invocation: NativeActivity.Invocation
    ) async throws -> [NativeActivity.Target] {
        if let id = invocation.given("instance_id") { return try await named([id], invocation) }
        let matching = try await matching(action, invocation, missing: action.missingOne)
        // The service lists terminated instances for an hour; a random choice should not fall on one of them.
        let alive = matching.filter { !["terminated", "shutting-down"].contains($0.state) }
        let selection = try Selection(
            .count(1), of: alive.isEmpty ? matching : alive, by: \.id, seed: invocation.seed)
        return try selection.chosen.map { try $0.target(invocation, candidates: selection.available) }
    }

    /// The instances that `instance_ids` names, or all that match `az` and `filters`.
    @Sendable static func many(
        _ action: Action, _ invocation: NativeActivity.Invocation
    ) async throws -> [NativeActivity.Target] {
        if let ids = invocation.given("instance_ids") {
            return try await named(ids.arrayValue ?? [ids], invocation)
        }
        let matching = try await matching(action, invocation, missing: action.missingMany)
        return try matching.map { try $0.target(invocation, candidates: matching.count) }
    }

    private static func named(
        _ ids: [JSONValue], _ invocation: NativeActivity.Invocation
    ) async throws -> [NativeActivity.Target] {
        let instances = try await EC2Instances.describe(ids, invocation.client(.ec2))
        return try instances.map { try $0.target(invocation, candidates: instances.count) }
    }

    private static func matching(
        _ action: Action, _ invocation: NativeActivity.Invocation, missing: String
    ) async throws -> [EC2Instance] {
        guard invocation.given("az") != nil || invocation.given("filters") != nil else {
            throw ExperimentError.failedActivity(missing)
        }
        var filters = invocation.given("filters")?.elements ?? []
        if let zone = invocation.given("az") {
            filters.append(["Name": "availability-zone", "Values": [zone]])
        }
        let reservations = try await invocation.client(.ec2)
            .items("DescribeInstances", ["Filters": .array(filters)])
        let instances = reservations.flatMap(EC2Instance.all(in:))
        guard !instances.isEmpty else {
            throw ExperimentError.failedActivity(action.nothing(invocation.argument("az"), .array(filters)))
        }
        return instances
    }
}

extension InstanceChoice.Action {
    fileprivate var missingOne: String {
        self == .stop
            ? "To stop an EC2 instance, you must specify either the instance id, an AZ to pick a random instance from, "
                + "or a set of filters."
            : "To terminate an EC2, you must specify the instance-id, an Availability Zone, or provide a set of filters"
    }

    fileprivate var missingMany: String {
        switch self {
        case .stop:
            "To stop EC2 instances, you must specify either the instance ids, an AZ to pick random instances from, or "
                + "a set of filters."
        case .terminate: Self.missing("terminate")
        case .start: Self.missing("start")
        case .restart: Self.missing("restart")
        }
    }

    private static func missing(_ verb: String) -> String {
        "To \(verb) instances, you must specify the instance-id, an Availability Zone, or provide a set of filters"
    }

    fileprivate func nothing(_ zone: JSONValue, _ filters: JSONValue) -> String {
        self == .stop
            ? "No instances in availability zone: \(zone.pythonText)"
            : "No instances found matching filters: \(filters.pythonText)"
    }
}

/// What activities need to know of an instance.
struct EC2Instance: Sendable {
    let id: String
    /// `running`, `stopped` and so on.
    let state: String
    /// `normal` where the service says nothing: on demand or reserved; otherwise `spot`, `scheduled` and the like.
    let lifecycle: String
    let spotRequest: String?
    let tags: [String: String]

    /// The instances of a reservation.
    static func all(in reservation: JSONValue) -> [EC2Instance] {
        (reservation["Instances"]?.elements ?? []).compactMap { instance in
            instance["InstanceId"]?.stringValue.map { id in
                EC2Instance(
                    id: id, state: instance["State"]?["Name"]?.stringValue ?? "",
                    lifecycle: instance["InstanceLifecycle"]?.stringValue ?? "normal",
                    spotRequest: instance["SpotInstanceRequestId"]?.stringValue, tags: instance["Tags"]?.tags ?? [:])
            }
        }
    }

    /// The instance as a target.
    func target(
        _ invocation: NativeActivity.Invocation, candidates: Int
    ) throws -> NativeActivity.Target {
        NativeActivity.Target(
            kind: EC2Instances.kind, id: id, region: try invocation.region(), tags: tags, candidates: candidates)
    }
}
