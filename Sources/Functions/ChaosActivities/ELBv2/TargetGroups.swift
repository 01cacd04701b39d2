import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// The targets of target groups and their health.
enum TargetGroups {
    /// The kind of the targets; their ids are `group/target:port`.
    private static let kind = "elasticloadbalancing:targetgroup"

    /// A random target of the group `tg_name`, which is not being deregistered already.
    @Sendable static func random(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.elasticLoadBalancingv2)
        let name = invocation.argument("tg_name").pythonText
        let arn = try await arn(name, client)
        let tags = try await client.call("DescribeTags", ["ResourceArns": [arn]])["TagDescriptions"]?[0]?["Tags"]
        let rows = try await rows(arn, client).filter { state($0) != "draining" }
        guard !rows.isEmpty else {
            throw ExperimentError.failedActivity("the target group \(name) has no target that could be deregistered")
        }
        let selection = try Selection(.count(1), of: rows.map(id), by: \.self, seed: invocation.seed)
        return selection.chosen.map {
            NativeActivity.Target(
                kind: kind, id: "\(name)/\($0)", region: client.region, tags: tags?.tags ?? [:],
                candidates: selection.available)
        }
    }

    @Sendable static func deregister(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let target = try firstTarget(of: targets)
        let client = try invocation.client(.elasticLoadBalancingv2)
        let name = invocation.argument("tg_name").pythonText
        let arn = try await arn(name, client)
        guard let row = try await rows(arn, client).first(where: { "\(name)/\(id($0))" == target.id }) else {
            throw ExperimentError.failedActivity("\(target.id) is not registered any more")
        }
        return try await refusals({ "Exception detaching \(name): \($0.message)" }) {
            try await client.response("DeregisterTargets", ["TargetGroupArn": arn, "Targets": [named(row)]])
        }
    }

    /// The states of all targets by the groups of `tg_names`, in the order of the load balancing service.
    static func health(_ invocation: NativeActivity.Invocation) async throws -> [(name: String, states: [String])] {
        guard let names = invocation.given("tg_names") else {
            throw ExperimentError.failedActivity("Non-empty list of target groups is required")
        }
        let client = try invocation.client(.elasticLoadBalancingv2)
        var health: [(String, [String])] = []
        for group in try await client.items("DescribeTargetGroups", ["Names": names]) {
            let states = try await rows(group["TargetGroupArn"] ?? .null, client).map(state)
            health.append((group["TargetGroupName"]?.pythonText ?? "", states))
        }
        return health
    }

    /// Registers the target again, and waits until its health is known.
    static let registerAgain = NativeActivity.Undo(
        "registers the target again",
        calls: [
            .read("elasticloadbalancing:DescribeTargetGroups"), .read("elasticloadbalancing:DescribeTargetHealth"),
            .change("elasticloadbalancing:RegisterTargets"),
        ],
        capture: { invocation, target in
            let client = try invocation.client(.elasticLoadBalancingv2)
            let row = try await row(target, invocation, client)
            return ["target": row.map(named) ?? .null, "state": row.map { .string(state($0)) } ?? .null]
        },
        check: { invocation, target, before in
            let client = try invocation.client(.elasticLoadBalancingv2)
            guard try await groupExists(invocation, client) else {
                return .nothingLeft("the target group of \(target.id) does not exist any more")
            }
            guard let row = try await row(target, invocation, client), state(row) != "draining" else {
                return .stillBroken("\(target.id) is not registered")
            }
            return state(row) == "initial" && before["state"] != "initial"
                ? .stillBroken("\(target.id) is registered, its health is not known yet") : .restored
        },
        restore: { invocation, target, before in
            let client = try invocation.client(.elasticLoadBalancingv2)
            guard let old = before["target"], !old.isNull, try await groupExists(invocation, client) else { return }
            let group = try await arn(invocation.argument("tg_name").pythonText, client)
            let now = try await row(target, invocation, client).map(state)
            if now == nil || now == "draining" {
                _ = try await client.call("RegisterTargets", ["TargetGroupArn": group, "Targets": [old]])
            }
            while try await row(target, invocation, client).map(state) == "initial",
                try await invocation.pauseBeforeNextLook()
            {}
        })

    private static func groupExists(
        _ invocation: NativeActivity.Invocation, _ client: ActivityClient
    ) async throws -> Bool {
        try await existing(["TargetGroupNotFound"]) {
            try await client.call("DescribeTargetGroups", ["Names": [invocation.argument("tg_name")]])
        } != nil
    }

    private static func arn(_ name: String, _ client: ActivityClient) async throws -> JSONValue {
        let groups = try await client.call("DescribeTargetGroups", ["Names": [.string(name)]])["TargetGroups"]
        guard let arn = groups?[0]?["TargetGroupArn"] else {
            throw ExperimentError.failedActivity("unable to locate target group: \(name)")
        }
        return arn
    }

    private static func row(
        _ target: NativeActivity.Target, _ invocation: NativeActivity.Invocation, _ client: ActivityClient
    ) async throws -> JSONValue? {
        let name = invocation.argument("tg_name").pythonText
        let rows = try await rows(arn(name, client), client)
        return rows.first { "\(name)/\(id($0))" == target.id }
    }

    private static func rows(_ group: JSONValue, _ client: ActivityClient) async throws -> [JSONValue] {
        try await client.call("DescribeTargetHealth", ["TargetGroupArn": group])["TargetHealthDescriptions"]?
            .elements ?? []
    }

    private static func state(_ row: JSONValue) -> String { row["TargetHealth"]?["State"]?.stringValue ?? "" }

    /// `i-1:80`; a function as a target has no port.
    private static func id(_ row: JSONValue) -> String {
        let target = row["Target"]
        return (target?["Id"]?.pythonText ?? "") + (target?["Port"].map { ":\($0)" } ?? "")
    }

    /// The target in a request: with its port, and its zone where it has one.
    private static func named(_ row: JSONValue) -> JSONValue {
        let target = row["Target"]
        var named: JSONObject = ["Id": target?["Id"] ?? .null]
        named["Port"] = target?["Port"]
        // Instances are in one zone, and the service takes none for them.
        if target?["Id"]?.stringValue?.hasPrefix("i-") == false {
            named["AvailabilityZone"] = target?["AvailabilityZone"]
        }
        return .object(named)
    }
}
