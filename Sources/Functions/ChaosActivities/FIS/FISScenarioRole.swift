import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// The role, with its policies, that FIS takes for a scenario when the experiment names none.
struct FISScenarioRole {
    static let createCalls: [NativeActivity.Call] = [
        .change("iam:CreateRole"), .change("iam:CreatePolicy"), .change("iam:AttachRolePolicy"),
    ]
    static let deleteCalls: [NativeActivity.Call] = [
        .read("iam:GetRole"), .read("iam:GetPolicy"), .read("iam:ListAttachedRolePolicies"),
        .change("iam:DetachRolePolicy"), .change("iam:DeleteRole"), .change("iam:DeletePolicy"),
    ]

    private let invocation: NativeActivity.Invocation
    private let key: String
    private let account: String
    private let partition: String

    /// - Parameter identity: the answer of `GetCallerIdentity`.
    init(_ invocation: NativeActivity.Invocation, _ identity: JSONValue, key: String? = nil) {
        self.invocation = invocation
        self.key = key ?? FISZonePower.key(invocation)
        account = identity["Account"]?.stringValue ?? ""
        partition = ARN(identity["Arn"]?.stringValue)?.partition ?? "aws"
    }

    private var name: JSONValue { .string("ChaosToolkit-FIS-\(key)") }

    /// The policies that may be created, in the order of their creation.
    private static let policies = ["EBSPauseVolumeIO", "ICE", "ElastiCache"]

    private func policyName(_ kind: String) -> String { "FIS-Console-\(kind)-\(key)" }

    private func policyARN(_ kind: String) -> JSONValue {
        .string("arn:\(partition):iam::\(account):policy/\(policyName(kind))")
    }
}

// MARK: Creating

extension FISScenarioRole {
    /// - Returns: the role's ARN.
    func create(for parts: FISZonePower.Parts, tags: JSONObject) async throws -> JSONValue {
        let client = try invocation.client(.iam)
        let tags = JSONValue.array(tags.map { ["Key": .string($0.key), "Value": $0.value] })
        let trust: JSONValue = [
            "Version": "2012-10-17",
            "Statement": [
                ["Effect": "Allow", "Principal": ["Service": "fis.amazonaws.com"], "Action": "sts:AssumeRole"]
            ],
        ]
        let output = try await client.call(
            "CreateRole",
            [
                "Path": "/service-role/", "RoleName": name, "AssumeRolePolicyDocument": .string(trust.description),
                "Description": "Chaos Toolkit generated role for AWS FIS experiments",
                "MaxSessionDuration": 10_800, "Tags": tags,
            ])
        if parts.usesVolumes { try await attachNew("EBSPauseVolumeIO", volumeStatements, tags, client) }
        if parts.usesInstances {
            try await attach(managed("EC2Access"), client)
            try await attachNew("ICE", capacityStatements, tags, client)
        }
        if parts.usesCaches { try await attachNew("ElastiCache", cacheStatements, tags, client) }
        if parts.usesSubnets { try await attach(managed("NetworkAccess"), client) }
        if parts.usesDatabases { try await attach(managed("RDSAccess"), client) }
        return output["Role"]?["Arn"] ?? .null
    }

    private func managed(_ name: String) -> JSONValue {
        .string("arn:\(partition):iam::aws:policy/service-role/AWSFaultInjectionSimulator\(name)")
    }

    private func attach(_ policy: JSONValue, _ client: ActivityClient) async throws {
        _ = try await client.call("AttachRolePolicy", ["RoleName": name, "PolicyArn": policy])
    }

    private func attachNew(
        _ kind: String, _ statements: JSONValue, _ tags: JSONValue, _ client: ActivityClient
    ) async throws {
        let document: JSONValue = ["Version": "2012-10-17", "Statement": statements]
        let output = try await client.call(
            "CreatePolicy",
            [
                "PolicyName": .string(policyName(kind)), "PolicyDocument": .string(document.description), "Tags": tags,
            ])
        try await attach(output["Policy"]?["Arn"] ?? .null, client)
    }

    /// The region of the zone, which the end of its name tells: `eu-central-1` of `eu-central-1a`.
    private var region: String {
        String(invocation.argument("az").pythonText.dropLast())
    }

    private var volumeStatements: JSONValue {
        [
            ["Effect": "Allow", "Action": ["ec2:DescribeVolumes"], "Resource": "*"],
            [
                "Effect": "Allow", "Action": ["ec2:PauseVolumeIO"],
                "Resource": .string("arn:\(partition):ec2:\(region):\(account):volume/*"),
            ],
        ]
    }

    private var capacityStatements: JSONValue {
        let actions: JSONValue = [
            "aws:ec2:api-insufficient-instance-capacity-error", "aws:ec2:asg-insufficient-instance-capacity-error",
        ]
        return [
            [
                "Sid": "AllowInjectAPI", "Effect": "Allow", "Action": ["ec2:InjectApiError"], "Resource": ["*"],
                "Condition": ["ForAnyValue:StringEquals": ["ec2:FisActionId": actions]],
            ],
            [
                "Sid": "DescribeAsg", "Effect": "Allow", "Action": ["autoscaling:DescribeAutoScalingGroups"],
                "Resource": ["*"],
            ],
        ]
    }

    private var cacheStatements: JSONValue {
        [
            [
                "Sid": "AllowElastiCacheActions", "Effect": "Allow",
                "Action": ["elasticache:DescribeReplicationGroups", "elasticache:InterruptClusterAzPower"],
                "Resource": [.string("arn:\(partition):elasticache:\(region):\(account):replicationgroup:*")],
            ],
            [
                "Sid": "TargetResolutionByTags", "Effect": "Allow", "Action": ["tag:GetResources"], "Resource": "*",
            ],
        ]
    }
}

// MARK: Deleting

extension FISScenarioRole {
    func isThere() async throws -> Bool {
        try await exists { try await $0.call("GetRole", ["RoleName": name]) }
    }

    /// What is still there of role and policies; nil when nothing is.
    func leftover() async throws -> String? {
        if try await isThere() { return "the role \(name.pythonText)" }
        for kind in Self.policies where try await hasPolicy(kind) { return "the policy \(policyName(kind))" }
        return nil
    }

    /// Deletes what is there, in whatever state the creation ended.
    ///
    /// chaosaws deletes the role only: it asks for inline policies, which there are not.
    func delete() async throws {
        let client = try invocation.client(.iam)
        if try await isThere() {
            for policy in try await client.items("ListAttachedRolePolicies", ["RoleName": name]) {
                _ = try await client.call(
                    "DetachRolePolicy", ["RoleName": name, "PolicyArn": policy["PolicyArn"] ?? .null])
            }
            _ = try await client.call("DeleteRole", ["RoleName": name])
        }
        for kind in Self.policies where try await hasPolicy(kind) {
            _ = try await client.call("DeletePolicy", ["PolicyArn": policyARN(kind)])
        }
    }

    private func hasPolicy(_ kind: String) async throws -> Bool {
        try await exists { try await $0.call("GetPolicy", ["PolicyArn": policyARN(kind)]) }
    }

    private func exists(_ read: (ActivityClient) async throws -> JSONValue) async throws -> Bool {
        do {
            _ = try await read(try invocation.client(.iam))
            return true
        } catch let error as AWSFailure where error.code == "NoSuchEntity" {
            return false
        }
    }
}
