import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// Scenarios of FIS's library: a template is created and started at once.
enum FISScenarios {
    /// The cluster whose pods are deleted, and its tags.
    @Sendable static func cluster(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.eks)
        let given = invocation.argument("cluster_identifier").pythonText
        let name = ARN.lastPart(given) ?? given
        var tags: [String: String] = [:]
        do {
            let output = try await client.call("DescribeCluster", ["name": .string(name)])
            tags = FISExperiments.tagTexts(output["cluster"])
        } catch let error as AWSFailure where error.isMissingInFIS {}
        return [NativeActivity.Target(kind: "eks:cluster", id: name, region: client.region, tags: tags)]
    }

    @Sendable static func startPodDelete(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let tags = try FISExperiments.tags(of: invocation.argument("tags"))
        let target: JSONObject = [
            "resourceType": "aws:eks:pod", "selectionMode": "ALL",
            "parameters": [
                "clusterIdentifier": invocation.argument("cluster_identifier"),
                "namespace": invocation.argument("namespace"), "selectorType": "labelSelector",
                "selectorValue": invocation.argument("label_selector"),
            ],
        ]
        let action: JSONObject = [
            "actionId": "aws:eks:pod-delete",
            "parameters": ["kubernetesServiceAccount": invocation.argument("service_account")],
            "targets": ["Pods": "EksPodDeleteTarget"],
        ]
        var template: JSONObject = [
            "description": invocation.argument("description"), "roleArn": invocation.argument("role_arn"),
            "targets": ["EksPodDeleteTarget": .object(target)], "actions": ["EksPodDelete": .object(action)],
            "stopConditions": [["source": "none"]],
        ]
        template["logConfiguration"] = logConfiguration(invocation)
        let id = try await create(template, tags: tags, invocation)
        return try await FISExperiments.start(id, tags: tags, invocation)
    }

    /// Where FIS writes its log; nil when the arguments name no group.
    static func logConfiguration(_ invocation: NativeActivity.Invocation) -> JSONValue? {
        guard let group = invocation.given("log_group_arn") else { return nil }
        return ["logSchemaVersion": 2, "cloudWatchLogsConfiguration": ["logGroupArn": group]]
    }

    /// Creates a template that carries the tags of all scenarios and the invocation's marker.
    /// - Returns: its id.
    static func create(
        _ template: JSONObject, tags: JSONObject, _ invocation: NativeActivity.Invocation
    ) async throws -> String {
        var (template, all): (JSONObject, JSONObject) = (
            template, ["chaosengineering": "true", "chaostoolkit": "true"]
        )
        for (name, value) in tags { all[name] = value }
        all[FISExperiments.markerTag] = .string(invocation.marker)
        template["tags"] = .object(all)
        template["clientToken"] = invocation.given("client_token")
        let output = try await invocation.client(.fis).call("CreateExperimentTemplate", template)
        guard let id = output["experimentTemplate"]?["id"]?.stringValue else {
            throw ExperimentError.failedActivity("FIS created a template and does not tell its id")
        }
        return id
    }
}

// MARK: Undo

extension FISScenarios {
    static let undoCalls =
        FISExperiments.undoCalls + [
            .read("fis:ListExperimentTemplates"), .change("fis:DeleteExperimentTemplate"),
        ]

    /// Stops the experiment, then deletes the template, which chaosaws leaves behind.
    static let removeTemplate = NativeActivity.Undo(
        "stops the experiment, waits for its end and deletes the template", calls: undoCalls,
        capture: capture, check: { invocation, _, before in try await outcome(before, invocation) },
        restore: { invocation, _, before in try await remove(before, invocation) })

    @Sendable static func capture(
        _ invocation: NativeActivity.Invocation, _ target: NativeActivity.Target
    ) async throws -> JSONValue {
        var known = try await FISExperiments.capture(invocation, target).objectValue ?? [:]
        known["templates"] = JSONValue(texts: try await markedTemplates(invocation))
        return .object(known)
    }

    static func outcome(_ before: JSONValue, _ invocation: NativeActivity.Invocation) async throws -> RestoreOutcome {
        let outcome = try await FISExperiments.outcome(before, invocation)
        if case .stillBroken = outcome { return outcome }
        if let template = try await created(before, invocation).first {
            return .stillBroken("the template \(template) is still there")
        }
        return outcome
    }

    static func remove(_ before: JSONValue, _ invocation: NativeActivity.Invocation) async throws {
        try await FISExperiments.stopStarted(before, invocation)
        let client = try invocation.client(.fis)
        for template in try await created(before, invocation) {
            do {
                _ = try await client.call("DeleteExperimentTemplate", ["id": .string(template)])
            } catch let error as AWSFailure where error.isMissingInFIS {}
        }
    }

    /// The templates that the invocation created.
    private static func created(
        _ before: JSONValue, _ invocation: NativeActivity.Invocation
    ) async throws -> [String] {
        let known = before["templates"]?.texts ?? []
        return try await markedTemplates(invocation).filter { !known.contains($0) }
    }

    private static func markedTemplates(_ invocation: NativeActivity.Invocation) async throws -> [String] {
        let marker = JSONValue.string(invocation.marker)
        return try await invocation.client(.fis).items("ListExperimentTemplates")
            .filter { $0["tags"]?[FISExperiments.markerTag] == marker }.map(\.fisID)
    }
}
