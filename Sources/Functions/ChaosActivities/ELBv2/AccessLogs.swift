import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// The access logs of load balancers.
enum AccessLogs {
    private static let (enabled, bucket) = ("access_logs.s3.enabled", "access_logs.s3.bucket")

    /// The load balancer `load_balancer_arn`; one that does not exist stays a target, so that the service tells so.
    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let arn = try requiredARN(invocation)
        guard !invocation.argument("enable").isTruthy || invocation.given("bucket_name") != nil else {
            throw ExperimentError.failedActivity("bucket_name required to enable ELB")
        }
        let client = try invocation.client(.elasticLoadBalancingv2)
        let tags =
            try await existing(["LoadBalancerNotFound"]) {
                try await client.call("DescribeTags", ["ResourceArns": [arn]])["TagDescriptions"]?[0]?["Tags"]
            } ?? nil
        // `loadbalancer/app/name/0123456789abcdef`
        let parts = arn.pythonText.split(separator: "/")
        return [
            NativeActivity.Target(
                kind: LoadBalancers.kind, id: parts.count > 1 ? String(parts[parts.count - 2]) : arn.pythonText,
                region: client.region, tags: tags?.tags ?? [:])
        ]
    }

    @Sendable static func set(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let isOn = invocation.argument("enable").isTruthy
        var attributes: [JSONValue] = [["Key": .string(enabled), "Value": isOn ? "true" : "false"]]
        if isOn { attributes.append(["Key": .string(bucket), "Value": invocation.argument("bucket_name")]) }
        let output = try await invocation.client(.elasticLoadBalancingv2).call(
            "ModifyLoadBalancerAttributes",
            ["LoadBalancerArn": invocation.argument("load_balancer_arn"), "Attributes": .array(attributes)])
        return .bool(value(enabled, output)?.trimmingWhitespace.lowercased() == "true")
    }

    @Sendable static func isEnabled(
        _ invocation: NativeActivity.Invocation, _: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let arn = try requiredARN(invocation)
        let output = try await invocation.client(.elasticLoadBalancingv2)
            .call("DescribeLoadBalancerAttributes", ["LoadBalancerArn": arn])
        return .bool(value(enabled, output) == "true")
    }

    private static func requiredARN(_ invocation: NativeActivity.Invocation) throws(ExperimentError) -> JSONValue {
        guard let arn = invocation.given("load_balancer_arn") else {
            throw .failedActivity("Load Balancer ARN is required")
        }
        return arn
    }

    /// Sets the old attributes.
    ///
    /// The bucket counts while the log is on only: the service does not take an empty one back.
    static let reset = NativeActivity.Undo(
        "turns the access log on or off as it was, to the bucket that it had",
        calls: [
            .read("elasticloadbalancing:DescribeLoadBalancerAttributes"),
            .change("elasticloadbalancing:ModifyLoadBalancerAttributes"),
        ],
        capture: { invocation, _ in try await attributes(invocation, invocation.client(.elasticLoadBalancingv2)) ?? [:]
        },
        check: { invocation, target, before in
            guard let now = try await attributes(invocation, invocation.client(.elasticLoadBalancingv2)) else {
                return .nothingLeft("the load balancer \(target.id) does not exist any more")
            }
            guard now != before else { return .restored }
            return .stillBroken("the access log of \(target.id) is \(text(now)), it was \(text(before))")
        },
        restore: { invocation, _, before in
            let client = try invocation.client(.elasticLoadBalancingv2)
            guard before != [:], let now = try await attributes(invocation, client), now != before else { return }
            let attributes = (before.objectValue ?? [:]).map { key, value -> JSONValue in
                ["Key": .string(key), "Value": value]
            }
            _ = try await client.call(
                "ModifyLoadBalancerAttributes",
                ["LoadBalancerArn": invocation.argument("load_balancer_arn"), "Attributes": .array(attributes)])
        })

    /// Whether the log is on, and its bucket if so; nil when the load balancer does not exist.
    private static func attributes(
        _ invocation: NativeActivity.Invocation, _ client: ActivityClient
    ) async throws -> JSONValue? {
        let output = try await existing(["LoadBalancerNotFound"]) {
            try await client.call(
                "DescribeLoadBalancerAttributes", ["LoadBalancerArn": invocation.argument("load_balancer_arn")])
        }
        guard let output else { return nil }
        guard value(enabled, output) == "true" else { return [enabled: "false"] }
        return [enabled: "true", bucket: .string(value(bucket, output) ?? "")]
    }

    private static func value(_ key: String, _ output: JSONValue) -> String? {
        (output["Attributes"]?.elements ?? []).first { $0["Key"] == .string(key) }?["Value"]?.stringValue
    }

    private static func text(_ attributes: JSONValue) -> String {
        attributes[enabled] == "true" ? "on, to \(attributes[bucket]?.pythonText ?? "")" : "off"
    }
}
