import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// A rule before all others of a listener that answers matching requests itself.
///
/// The rules at the first priorities move one place back, from the last to the first, so that their order is the same
/// after every single call, and also when the process dies between two.
enum FixedResponse {
    static let arguments: [NativeActivity.Argument] = [
        .init("listener_arn", .text), .init("status_code", .integer, 503), .init("message_body", .text, ""),
        .init("content_type", .text, "text/plain"), .init("hosts", .list, .null), .init("paths", .list, .null),
        .init("methods", .list, .null), .init("headers", .object, .null),
    ]

    static let reads: [NativeActivity.Call] = [
        .read("elasticloadbalancing:DescribeListeners"), .read("elasticloadbalancing:DescribeRules"),
        .read("elasticloadbalancing:DescribeTags"),
    ]

    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        _ = try conditions(invocation)
        let status = invocation.argument("status_code").intValue ?? 0
        guard (200...599).contains(status), !(300...399).contains(status) else {
            throw ExperimentError.failedActivity("status_code must be 2xx, 4xx or 5xx, not \(status)")
        }
        let client = try invocation.client(.elasticLoadBalancingv2)
        let arn = invocation.argument("listener_arn")
        let listeners = try await client.call("DescribeListeners", ["ListenerArns": [arn]])
        guard let listener = listeners["Listeners"]?[0] else {
            throw ExperimentError.failedActivity("there is no listener \(arn.pythonText)")
        }
        guard ["HTTP", "HTTPS"].contains(listener["Protocol"]?.stringValue) else {
            throw ExperimentError.failedActivity("the listener must be one of an Application Load Balancer")
        }
        let described = try await client.call("DescribeTags", ["ResourceArns": [arn]])
        return [
            NativeActivity.Target(
                kind: "elasticloadbalancing:listener", id: ARN(arn.stringValue)?.name ?? arn.pythonText,
                region: client.region, tags: described["TagDescriptions"]?[0]?["Tags"]?.tags ?? [:])
        ]
    }

    /// What requests must have; every request matches without conditions.
    private static func conditions(_ invocation: NativeActivity.Invocation) throws(ExperimentError) -> [JSONValue] {
        var conditions: [JSONValue] = []
        for (argument, field, config) in [
            ("hosts", "host-header", "HostHeaderConfig"), ("paths", "path-pattern", "PathPatternConfig"),
            ("methods", "http-request-method", "HttpRequestMethodConfig"),
        ] {
            guard let values = invocation.given(argument) else { continue }
            conditions.append(["Field": .string(field), config: ["Values": values]])
        }
        for (name, values) in invocation.given("headers")?.objectValue ?? [:] {
            let list: JSONValue = values.arrayValue == nil ? [values] : values
            conditions.append([
                "Field": "http-header", "HttpHeaderConfig": ["HttpHeaderName": .string(name), "Values": list],
            ])
        }
        let count = conditions.reduce(0) { count, condition in
            count + (condition.objectValue?.values.compactMap { $0["Values"]?.elements.count }.reduce(0, +) ?? 0)
        }
        guard count <= 5 else {
            throw .failedActivity("a rule has at most 5 values in its conditions, and these are \(count)")
        }
        return conditions.isEmpty ? [["Field": "path-pattern", "PathPatternConfig": ["Values": ["/*"]]]] : conditions
    }

    @Sendable static func run(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let client = try invocation.client(.elasticLoadBalancingv2)
        let response: JSONValue = [
            "StatusCode": .string("\(invocation.argument("status_code").intValue ?? 503)"),
            "MessageBody": invocation.argument("message_body"), "ContentType": invocation.argument("content_type"),
        ]
        for rule in inTheWay(try await rules(invocation, client)).reversed() {
            try await move(rule.arn, to: rule.priority + 1, client)
        }
        return try await client.response(
            "CreateRule",
            [
                "ListenerArn": invocation.argument("listener_arn"), "Priority": 1,
                "Conditions": .array(try conditions(invocation)),
                "Actions": [["Type": "fixed-response", "FixedResponseConfig": response]],
                "Tags": [["Key": .string(markerTag), "Value": .string(invocation.marker)]],
            ])
    }

    private struct Rule {
        let arn: String
        let priority: Int
    }

    /// The listener's rules but the default one, by priority.
    private static func rules(
        _ invocation: NativeActivity.Invocation, _ client: ActivityClient
    ) async throws -> [Rule] {
        let found = try await client.items("DescribeRules", ["ListenerArn": invocation.argument("listener_arn")])
        return found.compactMap { rule in
            guard let arn = rule["RuleArn"]?.stringValue,
                let priority = rule["Priority"]?.stringValue.flatMap({ Int($0) })
            else { return nil }
            return Rule(arn: arn, priority: priority)
        }.sorted { $0.priority < $1.priority }
    }

    /// The rules at the priorities 1, 2 and so on, up to the first gap.
    private static func inTheWay(_ rules: [Rule]) -> [Rule] {
        Array(zip(rules, 1...).prefix { $0.priority == $1 }.map(\.0))
    }

    private static func move(_ rule: String, to priority: Int, _ client: ActivityClient) async throws {
        _ = try await client.call(
            "SetRulePriorities", ["RulePriorities": [["RuleArn": .string(rule), "Priority": JSONValue(priority)]]])
    }
}

// MARK: Undo

extension FixedResponse {
    /// The tag by which the undo finds the rule.
    private static let markerTag = "tocsin:invocation"
    /// How many resources one call of `DescribeTags` takes.
    private static let maximumTagged = 20

    /// What of the action is still there.
    private struct Leftover {
        var created: [String] = []
        /// The rules that are not where they were, the first first.
        var moved: [(rule: String, priority: Int)] = []
    }

    static let undo = NativeActivity.Undo(
        "deletes the rule, and moves the others back to their priorities",
        calls: [
            .read("elasticloadbalancing:DescribeRules"), .read("elasticloadbalancing:DescribeTags"),
            .change("elasticloadbalancing:DeleteRule"), .change("elasticloadbalancing:SetRulePriorities"),
        ],
        capture: { invocation, _ in
            let client = try invocation.client(.elasticLoadBalancingv2)
            let rules = try await rules(invocation, client)
            return ["priorities": .object(JSONObject(rules.map { ($0.arn, JSONValue($0.priority)) }))]
        },
        check: { invocation, target, before in
            guard let left = try await leftover(before, invocation) else {
                return .nothingLeft("the listener \(target.id) does not exist any more")
            }
            if let rule = left.created.first { return .stillBroken("the rule \(rule) still answers") }
            guard let (rule, priority) = left.moved.first else { return .restored }
            return .stillBroken("the rule \(rule) is not back at priority \(priority)")
        },
        restore: { invocation, _, before in
            let client = try invocation.client(.elasticLoadBalancingv2)
            guard let left = try await leftover(before, invocation) else { return }
            for rule in left.created {
                do { _ = try await client.call("DeleteRule", ["RuleArn": .string(rule)]) } catch let error as AWSFailure
                    where error.code.hasPrefix("RuleNotFound")
                {}
            }
            for (rule, priority) in left.moved { try await move(rule, to: priority, client) }
        })

    /// - Returns: nil when the listener is gone.
    private static func leftover(
        _ before: JSONValue, _ invocation: NativeActivity.Invocation
    ) async throws -> Leftover? {
        let client = try invocation.client(.elasticLoadBalancingv2)
        let rules: [Rule]
        do { rules = try await Self.rules(invocation, client) } catch let error as AWSFailure
            where error.code.hasPrefix("ListenerNotFound") || error.code.hasPrefix("LoadBalancerNotFound")
        { return nil }
        let known = before["priorities"]
        var left = Leftover()
        // One place back is where the action moves a rule; elsewhere others have moved it.
        for rule in rules {
            guard let old = known?[rule.arn]?.intValue, rule.priority == old + 1 else { continue }
            left.moved.append((rule.arn, Int(old)))
        }
        let new = rules.map(\.arn).filter { known?[$0] == nil }
        for start in stride(from: 0, to: new.count, by: maximumTagged) {
            let part = Array(new[start..<min(start + maximumTagged, new.count)])
            let described = try await client.call("DescribeTags", ["ResourceArns": JSONValue(texts: part)])
            for resource in described["TagDescriptions"]?.elements ?? []
            where resource["Tags"]?.tags[markerTag] == invocation.marker {
                if let arn = resource["ResourceArn"]?.stringValue { left.created.append(arn) }
            }
        }
        return left
    }
}
