import AWS
import Basics
import Experiments
import JSON

/// FIS's scenario of an availability zone that loses its power.
enum FISZonePower {
    static let arguments: [NativeActivity.Argument] =
        targetArguments + [
            .init("log_group_arn", .text, ""), .init("client_token", .text, ""),
            .init(
                "description", .text,
                "Affect multiple resource types in a single AZ to approximate power interruption"),
        ]

    private static let targetArguments: [NativeActivity.Argument] = [
        .init("az", .text), .init("tags", .any, ""), .init("role_arn", .text, ""),
        .init("autocreate_necessary_role", .flag, true), .init("duration", .text, "PT30M"),
        .init("target_iam_roles", .flag, false), .init("iam_roles", .list, .null),
        .init("target_subnet", .flag, true), .init("target_ebs_volumes", .flag, true),
        .init("target_ec2_instances", .flag, true), .init("target_asg", .flag, true),
        .init("target_asg_ec2_instances", .flag, true), .init("target_rds_cluster", .flag, true),
        .init("target_easticache_cluster", .flag, true),
    ]

    /// The tag by which chaosaws finds the experiment again.
    static let keyTag = "chaostoolkit-experiment-key"

    /// What role, policies and tags of a run's scenario are named by: the same for its start and its end.
    ///
    /// In chaosaws it is the id of a thread, which another process does not have.
    static func key(_ invocation: NativeActivity.Invocation) -> String {
        var bytes = Digest.sha256(Array("\(keyTag) \(invocation.seed)".utf8))[...]
        return randomUUID { bytes.removeFirst() }
    }

    @Sendable static func zone(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        guard let zone = invocation.given("az")?.stringValue else {
            throw ExperimentError.failedActivity("az names no availability zone")
        }
        return [NativeActivity.Target(kind: "ec2:availability-zone", id: zone, region: try invocation.region())]
    }

    @Sendable static func start(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let identity = try await invocation.client(.sts).call("GetCallerIdentity")
        var tags: JSONObject = ["chaosengineering": "true", "chaostoolkit": "true", keyTag: .string(key(invocation))]
        for (name, value) in try FISExperiments.tags(of: invocation.argument("tags")) { tags[name] = value }
        let parts = Parts(invocation)
        var role = invocation.given("role_arn")
        if role == nil, invocation.given("autocreate_necessary_role") != nil {
            role = try await FISScenarioRole(invocation, identity).create(for: parts, tags: tags)
        }
        var template: JSONObject = [
            "description": invocation.argument("description"), "roleArn": role ?? "",
            "targets": .object(parts.targets), "actions": .object(parts.actions),
            "stopConditions": [["source": "none"]],
            "experimentOptions": ["accountTargeting": "single-account", "emptyTargetResolutionMode": "skip"],
        ]
        template["logConfiguration"] = FISScenarios.logConfiguration(invocation)
        let id = try await FISScenarios.create(template, tags: tags, invocation)
        // The role and its policies are not known everywhere at once.
        try await invocation.time.sleep(.seconds(5))
        return try await FISExperiments.start(id, tags: tags, invocation)
    }

    /// Without tags the experiments of this run's scenario.
    @Sendable static func interruptions(
        _ invocation: NativeActivity.Invocation
    ) async throws -> [NativeActivity.Target] {
        var tags = try FISExperiments.tags(of: invocation.argument("tags"))
        if tags.isEmpty { tags = [keyTag: .string(key(invocation))] }
        return try await FISExperiments.running(with: tags, invocation)
    }

    @Sendable static func restore(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let deletesTemplates = invocation.given("delete_templates") != nil
        let stopped = try await FISExperiments.stopAll(targets, deletesTemplates: deletesTemplates, invocation)
        guard invocation.given("delete_roles_and_policies") != nil else { return stopped }
        try await waitForEnd(of: targets, invocation)
        let identity = try await invocation.client(.sts).call("GetCallerIdentity")
        // The experiments that were stopped tell the names of their roles, also in another process.
        for key in Set(targets.compactMap { $0.tags[keyTag] } + [key(invocation)]).sorted() {
            try await FISScenarioRole(invocation, identity, key: key).delete()
        }
        return stopped
    }

    /// Waits until FIS has ended the experiments: it needs the role to put back what they changed.
    private static func waitForEnd(
        of targets: [NativeActivity.Target], _ invocation: NativeActivity.Invocation
    ) async throws {
        let client = try invocation.client(.fis)
        for target in targets {
            while let experiment = try await FISExperiments.get(target.id, client),
                !FISExperiments.hasEnded(experiment)
            {
                guard try await invocation.pauseBeforeNextLook() else {
                    throw ExperimentError.failedActivity(
                        "the experiment \(target.id) is still \(experiment.fisStatus): its role and policies are left")
                }
            }
        }
    }

    /// Stops the experiment, and removes template, role and policies.
    static let restorePower = NativeActivity.Undo(
        "stops the experiment, waits for its end and deletes the template, and the role and policies made for it",
        calls: FISScenarios.undoCalls + FISScenarioRole.deleteCalls + [.read("sts:GetCallerIdentity")],
        capture: { invocation, target in
            var known = try await FISScenarios.capture(invocation, target).objectValue ?? [:]
            // A role of an earlier activity of this run belongs to that one.
            known["hasRole"] = .bool(try await role(invocation).isThere())
            return .object(known)
        },
        check: { invocation, _, before in
            let outcome = try await FISScenarios.outcome(before, invocation)
            if case .stillBroken = outcome { return outcome }
            if before["hasRole"] == false, let left = try await role(invocation).leftover() {
                return .stillBroken("\(left) is still there")
            }
            return outcome
        },
        restore: { invocation, _, before in
            try await FISScenarios.remove(before, invocation)
            // Until its end an experiment needs the role; the next restore deletes it.
            let started = try await FISExperiments.started(before, invocation)
            guard started.allSatisfy(FISExperiments.hasEnded) else { return }
            if before["hasRole"] == false { try await role(invocation).delete() }
        })

    private static func role(_ invocation: NativeActivity.Invocation) async throws -> FISScenarioRole {
        FISScenarioRole(invocation, try await invocation.client(.sts).call("GetCallerIdentity"))
    }
}

extension FISZonePower {
    /// Targets and actions of the template, as the arguments choose them.
    struct Parts {
        var targets: JSONObject = [:]
        var actions: JSONObject = [:]
        /// Whether the role needs the permissions of these services.
        private(set) var (usesVolumes, usesInstances, usesDatabases) = (false, false, false)
        private(set) var (usesCaches, usesSubnets) = (false, false)

        private let zone: JSONValue
        private let duration: JSONValue

        init(_ invocation: NativeActivity.Invocation) {
            zone = invocation.argument("az")
            duration = invocation.argument("duration")
            func wants(_ name: String) -> Bool { invocation.given(name) != nil }
            if wants("target_iam_roles"), let roles = invocation.given("iam_roles") { pauseLaunches(roles) }
            if wants("target_ec2_instances") {
                usesInstances = true
                stopInstances("EC2-Instances", tag: "StopInstances", "Stop-Instances")
            }
            if wants("target_asg") { pauseScaling() }
            if wants("target_asg_ec2_instances") {
                stopInstances("ASG-EC2-Instances", tag: "IceAsg", "Stop-ASG-Instances")
            }
            if wants("target_ebs_volumes") { pauseVolumes() }
            if wants("target_rds_cluster") { failOver() }
            if wants("target_easticache_cluster") { pauseCaches() }
            if wants("target_subnet") { disruptSubnets() }
        }

        private var capacityError: JSONValue {
            ["availabilityZoneIdentifiers": zone, "duration": duration, "percentage": "100"]
        }

        private mutating func pauseLaunches(_ roles: JSONValue) {
            targets["IAM-role"] = ["resourceType": "aws:iam:role", "resourceArns": roles, "selectionMode": "ALL"]
            actions["Pause-Instance-Launches"] = [
                "actionId": "aws:ec2:api-insufficient-instance-capacity-error", "parameters": capacityError,
                "targets": ["Roles": "IAM-role"],
            ]
        }

        private mutating func stopInstances(_ target: String, tag: String, _ action: String) {
            targets[target] = [
                "resourceType": "aws:ec2:instance", "resourceTags": ["AzImpairmentPower": .string(tag)],
                "filters": [
                    ["path": "State.Name", "values": ["running"]],
                    ["path": "Placement.AvailabilityZone", "values": [zone]],
                ], "selectionMode": "ALL",
            ]
            actions[action] = [
                "actionId": "aws:ec2:stop-instances",
                "parameters": ["completeIfInstancesTerminated": "true", "startInstancesAfterDuration": duration],
                "targets": ["Instances": .string(target)],
            ]
        }

        private mutating func pauseScaling() {
            targets["ASG"] = [
                "resourceType": "aws:ec2:autoscaling-group", "resourceTags": ["AzImpairmentPower": "IceAsg"],
                "selectionMode": "ALL",
            ]
            actions["Pause-ASG-Scaling"] = [
                "actionId": "aws:ec2:asg-insufficient-instance-capacity-error", "parameters": capacityError,
                "targets": ["AutoScalingGroups": "ASG"],
            ]
        }

        /// After the instances have stopped, where there are such actions; chaosaws names them also when there are not,
        /// and FIS refuses the template.
        private mutating func pauseVolumes() {
            usesVolumes = true
            targets["EBS-Volumes"] = [
                "resourceType": "aws:ec2:ebs-volume", "resourceTags": ["AzImpairmentPower": "ApiPauseVolume"],
                "selectionMode": "COUNT(1)", "parameters": ["availabilityZoneIdentifier": zone],
                "filters": [["path": "Attachments.DeleteOnTermination", "values": ["false"]]],
            ]
            var action: JSONObject = [
                "actionId": "aws:ebs:pause-volume-io", "parameters": ["duration": duration],
                "targets": ["Volumes": "EBS-Volumes"],
            ]
            let stops = ["Stop-Instances", "Stop-ASG-Instances"].filter { actions[$0] != nil }
            if !stops.isEmpty { action["startAfter"] = JSONValue(texts: stops) }
            actions["Pause-EBS-IO"] = .object(action)
        }

        private mutating func failOver() {
            usesDatabases = true
            targets["RDS-Cluster"] = [
                "resourceType": "aws:rds:cluster", "resourceTags": ["AzImpairmentPower": "DisruptRds"],
                "selectionMode": "ALL", "parameters": ["writerAvailabilityZoneIdentifiers": zone],
            ]
            actions["Failover-RDS"] = [
                "actionId": "aws:rds:failover-db-cluster", "parameters": [:], "targets": ["Clusters": "RDS-Cluster"],
            ]
        }

        /// The action and the type have these names today; chaosaws has those of 2023.
        private mutating func pauseCaches() {
            usesCaches = true
            targets["ElastiCache-Cluster"] = [
                "resourceType": "aws:elasticache:replicationgroup",
                "resourceTags": ["AzImpairmentPower": "DisruptElasticache"], "selectionMode": "ALL",
                "parameters": ["availabilityZoneIdentifier": zone],
            ]
            actions["Pause-ElastiCache"] = [
                "actionId": "aws:elasticache:replicationgroup-interrupt-az-power",
                "parameters": ["duration": duration], "targets": ["ReplicationGroups": "ElastiCache-Cluster"],
            ]
        }

        private mutating func disruptSubnets() {
            usesSubnets = true
            targets["Subnet"] = [
                "resourceType": "aws:ec2:subnet", "resourceTags": ["AzImpairmentPower": "DisruptSubnet"],
                "filters": [["path": "AvailabilityZone", "values": [zone]]], "selectionMode": "ALL", "parameters": [:],
            ]
            actions["Pause-network-connectivity"] = [
                "actionId": "aws:network:disrupt-connectivity", "parameters": ["duration": "PT2M", "scope": "all"],
                "targets": ["Subnets": "Subnet"],
            ]
        }
    }
}
