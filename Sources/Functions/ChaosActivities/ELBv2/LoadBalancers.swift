import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// The security groups and subnets of load balancers, and their deletion.
enum LoadBalancers {
    /// The kind of the targets; their ids are names.
    static let kind = "elasticloadbalancing:loadbalancer"

    /// The load balancers of `load_balancer_names`.
    @Sendable static func all(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.elasticLoadBalancingv2)
        return try await targets(find(invocation, client), client)
    }

    /// Application load balancers, when all the security groups exist.
    @Sendable static func ofSecurityGroups(
        _ invocation: NativeActivity.Invocation
    ) async throws -> [NativeActivity.Target] {
        let ids = invocation.argument("security_group_ids")
        let groups = try await refusals(\.message) {
            try await invocation.client(.ec2).items("DescribeSecurityGroups", ["GroupIds": ids])
        }
        try requireAll(ids, in: groups.compactMap { $0["GroupId"] }, "Invalid security group id(s)")
        return try await applications(invocation, "security groups")
    }

    /// Application load balancers, when all the subnets exist.
    @Sendable static func ofSubnets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let ids = invocation.argument("subnet_ids")
        let subnets = try await refusals(\.message) {
            try await invocation.client(.ec2).items("DescribeSubnets", ["SubnetIds": ids])
        }
        try requireAll(ids, in: subnets.compactMap { $0["SubnetId"] }, "Invalid subnet id(s)")
        return try await applications(invocation, "subnets")
    }

    private static func requireAll(_ ids: JSONValue, in found: [JSONValue], _ text: String) throws(ExperimentError) {
        let missing = ids.elements.filter { !found.contains($0) }
        guard missing.isEmpty else { throw .failedActivity("\(text): \(JSONValue.array(missing).pythonText)") }
    }

    private static func applications(
        _ invocation: NativeActivity.Invocation, _ what: String
    ) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.elasticLoadBalancingv2)
        let balancers = try await find(invocation, client)
        for type in ["network", "gateway"] where balancers.contains(where: { $0["Type"] == .string(type) }) {
            throw ExperimentError.failedActivity("Cannot change \(what) of \(type) load balancers.")
        }
        return try await targets(balancers, client)
    }

    /// The load balancers of the arguments, all of them active.
    private static func find(
        _ invocation: NativeActivity.Invocation, _ client: ActivityClient
    ) async throws -> [JSONValue] {
        let names = invocation.argument("load_balancer_names")
        // Without names the service lists all load balancers of the account.
        guard !names.elements.isEmpty else {
            throw ExperimentError.failedActivity("load_balancer_names must be a list of names, and not empty")
        }
        let balancers = try await refusals(\.message) {
            try await client.items("DescribeLoadBalancers", ["Names": names])
        }
        for balancer in balancers where balancer["State"]?["Code"] != "active" {
            let state = balancer["State"]?["Code"]?.pythonText ?? "None"
            throw ExperimentError.failedActivity(
                "Invalid state for load balancer \(name(balancer)): \(state) is not active")
        }
        try requireAll(
            names, in: balancers.compactMap { $0["LoadBalancerName"] }, "Unable to locate load balancer(s)")
        return balancers
    }

    private static func targets(
        _ balancers: [JSONValue], _ client: ActivityClient
    ) async throws -> [NativeActivity.Target] {
        var tags: [JSONValue: [String: String]] = [:]
        // `DescribeTags` takes 20.
        for start in stride(from: 0, to: balancers.count, by: 20) {
            let arns = balancers[start..<min(start + 20, balancers.count)].map(arn)
            let output = try await client.call("DescribeTags", ["ResourceArns": .array(arns)])
            for row in output["TagDescriptions"]?.elements ?? [] {
                tags[row["ResourceArn"] ?? .null] = row["Tags"]?.tags ?? [:]
            }
        }
        return balancers.map { balancer in
            NativeActivity.Target(
                kind: kind, id: name(balancer), region: client.region, tags: tags[arn(balancer)] ?? [:],
                candidates: balancers.count)
        }
    }

    @Sendable static func setSecurityGroups(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try await change(invocation, targets) { client, arn in
            try await client.response(
                "SetSecurityGroups",
                ["LoadBalancerArn": arn, "SecurityGroups": invocation.argument("security_group_ids")])
        }
    }

    @Sendable static func setSubnets(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try await change(invocation, targets) { client, arn in
            try await client.response(
                "SetSubnets", ["LoadBalancerArn": arn, "Subnets": invocation.argument("subnet_ids")])
        }
    }

    /// Changes one load balancer after the other, and returns each response with its ARN.
    private static func change(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target],
        _ body: (ActivityClient, JSONValue) async throws -> JSONValue
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let client = try invocation.client(.elasticLoadBalancingv2)
        let balancers = try await find(invocation, client).filter { row in targets.contains { $0.id == name(row) } }
        let responses = try await forEachInTurn(balancers, "changed", name: name) { balancer in
            var response = try await body(client, arn(balancer)).objectValue ?? [:]
            response["LoadBalancerArn"] = arn(balancer)
            return JSONValue.object(response)
        }
        return .array(responses)
    }

    @Sendable static func delete(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let client = try invocation.client(.elasticLoadBalancingv2)
        let balancers = try await find(invocation, client).filter { row in targets.contains { $0.id == name(row) } }
        _ = try await forEachInTurn(balancers, "deleted", name: name) { balancer in
            try await client.call("DeleteLoadBalancer", ["LoadBalancerArn": arn(balancer)])
        }
        return .null
    }

    static let resetSecurityGroups = reset(
        "security groups", calls: [.change("elasticloadbalancing:SetSecurityGroups")],
        read: { $0["SecurityGroups"]?.texts ?? [] },
        write: { client, arn, ids in
            _ = try await client.call(
                "SetSecurityGroups", ["LoadBalancerArn": arn, "SecurityGroups": JSONValue(texts: ids)])
        })

    static let resetSubnets = reset(
        "subnets", calls: [.change("elasticloadbalancing:SetSubnets")],
        read: { ($0["AvailabilityZones"]?.elements ?? []).compactMap { $0["SubnetId"]?.stringValue } },
        write: { client, arn, ids in
            _ = try await client.call("SetSubnets", ["LoadBalancerArn": arn, "Subnets": JSONValue(texts: ids)])
        })

    /// Sets old ids again.
    private static func reset(
        _ what: String, calls: [NativeActivity.Call], read: @escaping @Sendable (JSONValue) -> [String],
        write: @escaping @Sendable (ActivityClient, JSONValue, [String]) async throws -> Void
    ) -> NativeActivity.Undo {
        NativeActivity.Undo(
            "sets the \(what) that the load balancers had",
            calls: [.read("elasticloadbalancing:DescribeLoadBalancers")] + calls,
            capture: { invocation, target in
                let balancer = try await one(target, invocation.client(.elasticLoadBalancingv2))
                return ["ids": balancer.map { JSONValue(texts: read($0)) } ?? .null]
            },
            check: { invocation, target, before in
                guard let balancer = try await one(target, invocation.client(.elasticLoadBalancingv2)) else {
                    return .nothingLeft("the load balancer \(target.id) does not exist any more")
                }
                let (now, old) = (read(balancer).sorted(), (before["ids"]?.texts ?? []).sorted())
                guard now != old else { return .restored }
                return .stillBroken(
                    "the \(what) of \(target.id) are \(now.joined(separator: ", ")), they were "
                        + old.joined(separator: ", "))
            },
            restore: { invocation, target, before in
                let client = try invocation.client(.elasticLoadBalancingv2)
                guard let old = before["ids"]?.texts, let balancer = try await one(target, client),
                    read(balancer).sorted() != old.sorted()
                else { return }
                try await write(client, arn(balancer), old)
            })
    }

    /// The load balancer of a target; nil when it does not exist.
    private static func one(_ target: NativeActivity.Target, _ client: ActivityClient) async throws -> JSONValue? {
        try await existing(["LoadBalancerNotFound"]) {
            try await client.call("DescribeLoadBalancers", ["Names": [.string(target.id)]])["LoadBalancers"]?[0]
        } ?? nil
    }

    private static func name(_ balancer: JSONValue) -> String { balancer["LoadBalancerName"]?.stringValue ?? "" }
    private static func arn(_ balancer: JSONValue) -> JSONValue { balancer["LoadBalancerArn"] ?? .null }
}
